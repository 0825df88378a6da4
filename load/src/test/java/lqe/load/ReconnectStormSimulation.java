package lqe.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Everybody is cut off at once and comes back with the session; a few stay, and feel nothing. */
public final class ReconnectStormSimulation extends Simulation {
  private static final int STAYING = Integer.getInteger("staying", 200);
  private static final int BACK_WITHIN_S = Integer.getInteger("backWithin", 10);
  /** The last ones set out a second before everybody has to be back. */
  private static final long SPREAD_MS = (BACK_WITHIN_S - 1) * 1000L;
  private static final String RETURNED = "view of the session's last command";
  private static final int ALL = Settings.USERS + STAYING;
  private static final int RAMP_S = Settings.rampS(ALL);
  private static final int CALM_S = Integer.getInteger("calm", 10);
  private static final int AFTER_S = BACK_WITHIN_S + 10;

  private final Window calm = new Window();
  private final Window storm = new Window();
  private final Receipts before = new Receipts(calm);
  private final Receipts staying = new Receipts(storm);
  private final Receipts dropping = new Receipts(calm);
  private final Receipts returned = new Receipts(storm);
  private final LongAdder back = new LongAdder();
  private final AtomicLong lastBack = new AtomicLong();
  private volatile long dropAt = Long.MAX_VALUE;

  public ReconnectStormSimulation() {
    setUp(
            scenario("clock")
                .pause(RAMP_S + Settings.WARM_S)
                .exec(Playing.run(this::beginCalm))
                .pause(CALM_S)
                .exec(Playing.run(calm::close), Playing.run(storm::open))
                .pause(AFTER_S)
                .exec(Playing.run(storm::close))
                .injectOpen(atOnceUsers(1)),
            scenario("staying")
                .exec(Playing.numbered(Numbers.spread(ALL, STAYING)))
                .exec(Playing.enter(), Playing.forgetView(), Playing.anyPhase())
                .exec(
                    Playing.atPaceWhile(
                        () -> !storm.closed(), Playing.command(this::whenStaying, this::name)))
                .exec(ws("close").close())
                .injectOpen(rampUsers(STAYING).during(RAMP_S)),
            scenario("dropping")
                .exec(Playing.numbered(Numbers.others(ALL, STAYING)))
                .exec(Playing.enter(), Playing.forgetView(), Playing.anyPhase())
                .exec(
                    Playing.atPaceWhile(
                        this::beforeDrop, Playing.command(() -> dropping, () -> "receipt, dropping")))
                .exec(dropAndComeBack())
                .exec(
                    Playing.atPaceWhile(
                        () -> !storm.closed(),
                        Playing.command(() -> returned, () -> "receipt, returned")))
                .exec(ws("close").close())
                .injectOpen(rampUsers(Settings.USERS).during(RAMP_S)))
        .protocols(Settings.protocol())
        .assertions(
            global().failedRequests().count().is(0L),
            details(RETURNED).successfulRequests().count().is((long) Settings.USERS),
            details("receipt, staying").responseTime().percentile(99).lte(Settings.LIMIT_MS));
  }

  private ChainBuilder dropAndComeBack() {
    return pause(s -> Duration.ofNanos(Math.max(0, dropAt - System.nanoTime())))
        .exec(ws("drop").close())
        .exec(pause(s -> Duration.ofMillis(ThreadLocalRandom.current().nextLong(SPREAD_MS))))
        .exec(Playing.enter(RETURNED), Playing.forgetView(), Playing.run(this::comeBack));
  }

  private void beginCalm() {
    calm.open();
    dropAt = System.nanoTime() + Duration.ofSeconds(CALM_S).toNanos();
  }

  private boolean beforeDrop() {
    return System.nanoTime() < dropAt - Settings.periodNs();
  }

  private Receipts whenStaying() {
    return calm.closed() ? staying : before;
  }

  private String name() {
    return storm.contains(System.nanoTime()) ? "receipt, staying" : "receipt, not measured";
  }

  private void comeBack() {
    lastBack.accumulateAndGet(System.nanoTime(), Math::max);
    back.increment();
  }

  @Override
  public void after() {
    double backAfterS = (lastBack.get() - dropAt) / 1e9;
    Json.print("calm, players who stay", before.figures());
    Json.print("storm, players who stay", staying.figures());
    Json.print("calm, players who drop", dropping.figures());
    Json.print("storm, players who came back", returned.figures());
    Json.print(
        "storm",
        Map.of(
            "dropped", Settings.USERS,
            "back", back.sum(),
            "all_back_after_s", backAfterS,
            "limit_s", BACK_WITHIN_S,
            "p99_ms_of_those_who_stayed", staying.percentileMs(99)));
    if (back.sum() < Settings.USERS || backAfterS > BACK_WITHIN_S) {
      throw new AssertionError(
          "expected " + Settings.USERS + " players back within " + BACK_WITHIN_S + " s, were "
              + back.sum() + " after " + backAfterS + " s");
    }
  }
}
