package lqe.load;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/** How many commands were sent and recorded, ever and in the window, and how long receipts took. */
final class Receipts {
  private static final long HIGHEST_US = 60_000_000;

  private final Histogram latency = new AtomicHistogram(HIGHEST_US, 3);
  private final LongAdder sent = new LongAdder();
  private final LongAdder recorded = new LongAdder();
  private final Map<String, LongAdder> rejected = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> lost = new ConcurrentSkipListMap<>();
  private final LongAdder measured = new LongAdder();
  private final Window window;

  Receipts(Window window) {
    this.window = window;
  }

  void sent() {
    sent.increment();
  }

  void rejected(String code) {
    rejected.computeIfAbsent(code, c -> new LongAdder()).increment();
  }

  /** Lost is what was never answered; this says how that was found out, where it is known. */
  void lost(String how) {
    lost.computeIfAbsent(how, h -> new LongAdder()).increment();
  }

  void recorded(long sentAt, long now, long periodNs) {
    recorded.increment();
    if (window.contains(sentAt)) {
      measured.increment();
      // A player waits for its receipt before it sends again. One that waits longer than its
      // period would hide how long the commands that it did not send would have taken.
      latency.recordValueWithExpectedInterval(
          Math.min(HIGHEST_US, (now - sentAt) / 1000), periodNs / 1000);
    }
  }

  /** Counted without a time: for players that look at their messages later. */
  void recorded() {
    recorded.increment();
  }

  long lost() {
    return sent.sum() - recorded.sum() - rejectedInAll();
  }

  private long rejectedInAll() {
    return rejected.values().stream().mapToLong(LongAdder::sum).sum();
  }

  long measured() {
    return measured.sum();
  }

  double percentileMs(double percentile) {
    return latency.getValueAtPercentile(percentile) / 1000.0;
  }

  Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("sent", sent.sum());
    figures.put("recorded", recorded.sum());
    figures.put("rejected", rejectedInAll());
    figures.put("rejected_as", rejected);
    figures.put("lost", lost());
    figures.put("lost_by", lost);
    figures.put("measured", measured());
    figures.put("p50_ms", percentileMs(50));
    figures.put("p95_ms", percentileMs(95));
    figures.put("p99_ms", percentileMs(99));
    figures.put("max_ms", percentileMs(100));
    return figures;
  }
}
