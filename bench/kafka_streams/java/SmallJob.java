/** The small job: a complaint of 484 bytes in, a decision of 141 bytes out, a row each where state is kept. */

import java.util.Set;
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

final class SmallJob implements Processor<String, SmallJob.Complaint, String, SmallJob.Decision> {
    record Complaint(
            String complaintId, String customerId, String channel, String category, String severity, String subject,
            String body, String receivedAt) {}

    record Decision(String complaintId, String queue, String reason, int priority, String decidedBy) {}

    private static final String DECIDED = "decided";
    private static final Set<String> URGENT = Set.of("high", "critical");

    private final boolean keepsState;
    private ProcessorContext<String, Decision> context;
    private KeyValueStore<String, String> decided;

    private SmallJob(boolean keepsState) {
        this.keepsState = keepsState;
    }

    static Topology topology(boolean keepsState) {
        StreamsBuilder builder = new StreamsBuilder();
        String[] stores = {};
        if (keepsState) {
            builder.addStateStore(Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(DECIDED), Serdes.String(), Serdes.String()));
            stores = new String[] {DECIDED};
        }
        builder.stream("bench-small", Consumed.with(Serdes.String(), Json.of(Complaint.class)))
                .process(() -> new SmallJob(keepsState), stores)
                .to("bench-small-decided", Produced.with(Serdes.String(), Json.of(Decision.class)));
        return builder.build();
    }

    @Override
    public void init(ProcessorContext<String, Decision> given) {
        context = given;
        decided = keepsState ? given.getStateStore(DECIDED) : null;
    }

    @Override
    public void process(Record<String, Complaint> record) {
        Complaint complaint = record.value();
        boolean urgent = URGENT.contains(complaint.severity());
        String queue = urgent ? "urgent" : complaint.category();
        if (keepsState) {
            decided.put(complaint.complaintId(), queue);
        }
        String reason = urgent ? "its severity is " + complaint.severity() : "its category is " + complaint.category();
        Decision decision = new Decision(complaint.complaintId(), queue, reason, urgent ? 90 : 10, "bench");
        context.forward(record.withValue(decision).withTimestamp(System.currentTimeMillis()));
    }
}
