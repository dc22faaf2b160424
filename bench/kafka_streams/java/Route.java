/** The product's job: a complaint in; its decision and its queue item out, once for each event id. */

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

final class Route implements Processor<String, Complaint, String, Output> {
    private static final String SEEN = "seen";
    private static final byte[] MARK = {1};

    private final Rules rules;
    private final boolean keepsState;
    private final Ids ids = new Ids();
    private ProcessorContext<String, Output> context;
    private Predicate<String> isNew;

    private Route(Rules rules, boolean keepsState) {
        this.rules = rules;
        this.keepsState = keepsState;
    }

    static Topology topology(Rules rules, boolean keepsState) {
        StreamsBuilder builder = new StreamsBuilder();
        String[] stores = {};
        if (keepsState) {
            builder.addStateStore(Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(SEEN), Serdes.String(), Serdes.ByteArray()));
            stores = new String[] {SEEN};
        }
        builder.stream("complaint-events", Consumed.with(Serdes.String(), Json.of(Complaint.class)))
                .process(() -> new Route(rules, keepsState), stores)
                .to((key, output, record) -> output.topic(), Produced.with(Serdes.String(), Json.ofOutputs()));
        return builder.build();
    }

    @Override
    public void init(ProcessorContext<String, Output> given) {
        context = given;
        if (keepsState) {
            KeyValueStore<String, byte[]> seen = given.getStateStore(SEEN);
            isNew = id -> seen.putIfAbsent(id, MARK) == null;
        } else {
            Set<String> seen = new HashSet<>();
            isNew = seen::add;
        }
    }

    @Override
    public void process(Record<String, Complaint> record) {
        Complaint complaint = record.value();
        if (!complaint.type().equals("complaint_received") || !isNew.test(complaint.eventId())) {
            return;
        }
        Instant now = Instant.now();
        Instant occurred = Instants.parsed(complaint.occurredAt());
        String occurredAt = Instants.written(occurred), recordedAt = Instants.written(now);
        Claims claims = Claims.of(complaint);
        Rules.Outcome outcome = rules.decide(claims);
        ComplaintRouted routed = routed(complaint, claims, outcome, occurredAt, recordedAt);
        QueueItem item = item(complaint, claims, outcome, Instants.microseconds(occurred), occurredAt, recordedAt);
        Header trace = record.headers().lastHeader("traceparent");
        forward(record, now, "complaints-routed", routed, headers(routed.eventId(), routed.type(), occurredAt, trace));
        forward(record, now, "queue-" + outcome.queue(), item, headers(item.eventId(), item.type(), occurredAt, trace));
    }

    private void forward(Record<String, Complaint> record, Instant now, String topic, Object event, Headers headers) {
        context.forward(record.withValue(new Output(topic, event)).withTimestamp(now.toEpochMilli()).withHeaders(headers));
    }

    private ComplaintRouted routed(
            Complaint complaint, Claims claims, Rules.Outcome outcome, String occurredAt, String recordedAt) {
        String[] parts = {
            complaint.complaintId(), complaint.eventId(), "complaint_routed", outcome.key(), "received", "0 0",
            orEmpty(claims.category()), orEmpty(claims.severity()), orEmpty(claims.language())
        };
        String[] named = Arrays.copyOf(parts, parts.length + claims.flags().size());
        for (int index = 0; index < claims.flags().size(); index++) {
            named[parts.length + index] = claims.flags().get(index);
        }
        return new ComplaintRouted(
                ids.derived(named), "complaint_routed", occurredAt, recordedAt, complaint.eventId(),
                complaint.complaintId(), outcome.queue(), outcome.priority(), outcome.skillsFor(claims.language()),
                claims.category(), claims.severity(), claims.flags(), claims.language(), outcome.rule(),
                outcome.reason(), rules.version, rules.hash, "control", 0, "received", outcome.queue(),
                outcome.priority(), Map.of());
    }

    private QueueItem item(
            Complaint complaint, Claims claims, Rules.Outcome outcome, long entered, String occurredAt,
            String recordedAt) {
        String id = ids.derived(
                complaint.complaintId(), complaint.eventId(), "queue_item", outcome.queue(),
                outcome.priority() + " " + entered + " " + outcome.skillsText(claims.language()),
                orEmpty(claims.category()), orEmpty(claims.severity()), claims.channel(), orEmpty(claims.language()),
                "");
        return new QueueItem(
                id, "queue_item", occurredAt, recordedAt, complaint.eventId(), complaint.complaintId(),
                outcome.queue(), outcome.priority(), outcome.skillsFor(claims.language()), claims.category(),
                claims.severity(), claims.channel(), claims.language(), occurredAt, "waiting", null);
    }

    private static Headers headers(String id, String type, String time, Header trace) {
        Headers headers = new RecordHeaders();
        headers.add("ce_id", bytes(id));
        headers.add("ce_time", bytes(time));
        headers.add("ce_specversion", bytes("1.0"));
        headers.add("ce_type", bytes(type));
        headers.add("ce_source", bytes("/redress/router"));
        headers.add("content-type", bytes("application/json"));
        return trace == null ? headers : headers.add(trace);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
