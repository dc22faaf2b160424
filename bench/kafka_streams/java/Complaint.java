/** A ComplaintReceived as it is read. */

import java.util.List;
import java.util.Map;

record Complaint(
        String eventId,
        String type,
        String occurredAt,
        String recordedAt,
        String complaintId,
        String channel,
        String externalRef,
        Customer customer,
        String product,
        String category,
        String severity,
        String language,
        String region,
        Amount amount,
        String remedySought,
        About about,
        List<String> tags,
        Personal personal) {

    record Customer(String id, String tier, String language) {}

    record Amount(String value, String currency) {}

    record About(String kind, String id) {}

    record Personal(
            String subject,
            String body,
            String name,
            String contact,
            Representative representative,
            Map<String, String> attributes) {}

    record Representative(String name, String contact) {}
}
