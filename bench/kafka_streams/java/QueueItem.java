/** A complaint in a queue as it is written; the order of the fields is that of the JSON. */

import java.util.Map;

record QueueItem(
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
        String channel,
        String language,
        String enteredAt,
        String state,
        String agentId) {}
