/** What is claimed of a complaint; the fields that rules match on. */

import java.util.List;
import java.util.Set;

record Claims(
        String channel,
        String product,
        String category,
        String severity,
        String customerTier,
        String language,
        String region,
        Complaint.Amount amount,
        List<String> flags) {

    private static final Set<String> FLAGS =
            Set.of("legal_threat", "regulator", "media_threat", "vulnerable", "safety", "repeat");

    static Claims of(Complaint complaint) {
        Complaint.Customer customer = complaint.customer();
        List<String> flags = complaint.tags() == null
                ? List.of()
                : complaint.tags().stream().filter(FLAGS::contains).distinct().sorted().toList();
        return new Claims(
                complaint.channel(),
                complaint.product(),
                complaint.category(),
                complaint.severity(),
                customer.tier(),
                complaint.language() != null ? complaint.language() : customer.language(),
                complaint.region(),
                complaint.amount(),
                flags);
    }
}
