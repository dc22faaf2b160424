/** A decision as it is written; the order of the fields is that of the JSON. */

import java.util.List;
import java.util.Map;

record ComplaintRouted(
        String eventId,
        String type,
        String occurredAt,
        String recordedAt,
        String causeEventId,
        String complaintId,
        String queue,
        int priority,
        Map<String, Object> skills,
        String category,
        String severity,
        List<String> flags,
        String language,
        String rule,
        String reason,
        String rulesetVersion,
        String rulesetHash,
        String arm,
        int hop,
        String trigger,
        String queueWithoutBreach,
        int priorityWithoutBreach,
        Map<String, Object> facts) {}
