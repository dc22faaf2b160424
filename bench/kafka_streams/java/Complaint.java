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
        List<String> tags,
        Map<String, String> attributes,
        Personal personal) {

    record Customer(String id, String tier, String language) {}

    record Amount(String value, String currency) {}

    record Personal(String subject, String body, String name, String contact) {}
}
