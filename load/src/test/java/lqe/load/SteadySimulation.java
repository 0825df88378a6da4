package lqe.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.rampUsers;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.http.action.ws.WsInboundMessage;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Everybody plays at a constant pace; receipts are measured in a window after a warm-up. */
public final class SteadySimulation extends Simulation {
  private static final int BUFFERED_MESSAGES = 1000;
  private static final int RAMP_S = Settings.rampS(Settings.USERS);

  private final Window window = new Window();
  private final Receipts receipts = new Receipts(window);
  private final Watcher.Seen seen = new Watcher.Seen();

  private final ScenarioBuilder players =
      scenario("players")
          .exec(Playing.numbered(Numbers.others(Settings.USERS, Settings.WATCHERS)))
          .exec(Playing.enter(), Playing.forgetView(), Playing.anyPhase())
          .exec(whilePlaying(Playing.command(() -> receipts, this::name)))
          .exec(ws("close").close());

  private final ScenarioBuilder watchers =
      scenario("watchers")
          .exec(Playing.numbered(Numbers.spread(Settings.USERS, Settings.WATCHERS)))
          .exec(s -> s.set("watcher", new Watcher(seen, receipts)))
          .exec(Playing.enter())
          .exec(
              s -> {
                watcher(s).hear(s.getString(Playing.VIEW), false);
                return s;
              })
          .exec(Playing.forgetView(), Playing.anyPhase())
          .exec(
              whilePlaying(
                  exec(ws.processUnmatchedMessages(this::look))
                      .exec(ws("watched command").sendText(this::watchedCommand))))
          .pause(Duration.ofSeconds(2))
          .exec(ws.processUnmatchedMessages(this::look))
          .exec(
              s -> {
                watcher(s).leave();
                return s;
              })
          .exec(ws("close").close());

  private final ScenarioBuilder clock =
      scenario("clock")
          .pause(RAMP_S + Settings.WARM_S)
          .exec(Playing.run(window::open), Playing.run(() -> Json.print("window opened", Map.of())))
          .pause(Settings.STEADY_S)
          .exec(
              Playing.run(window::close), Playing.run(() -> Json.print("window closed", Map.of())));

  public SteadySimulation() {
    List<PopulationBuilder> all = new ArrayList<>();
    Duration ramp = Duration.ofSeconds(RAMP_S);
    all.add(clock.injectOpen(atOnceUsers(1)));
    all.add(players.injectOpen(rampUsers(Settings.USERS - Settings.WATCHERS).during(ramp)));
    if (Settings.WATCHERS > 0) {
      all.add(
          watchers
              .injectOpen(rampUsers(Settings.WATCHERS).during(ramp))
              .protocols(
                  Settings.protocol().wsUnmatchedInboundMessageBufferSize(BUFFERED_MESSAGES)));
    }
    SetUp run = setUp(all).protocols(Settings.protocol());
    if (Settings.ASSERTED) {
      run.assertions(
          global().failedRequests().count().is(0L),
          details("receipt").responseTime().percentile(99).lte(Settings.LIMIT_MS));
    }
  }

  /** The report keeps the receipts of the window apart from those of the warm-up. */
  private String name() {
    return window.contains(System.nanoTime()) ? "receipt" : "receipt, not measured";
  }

  private ChainBuilder whilePlaying(ChainBuilder step) {
    return Playing.atPaceWhile(() -> !window.closed(), step);
  }

  private static Watcher watcher(Session session) {
    return session.<Watcher>get("watcher");
  }

  private String watchedCommand(Session session) {
    Player player = Player.of(session);
    String frame = player.command();
    watcher(session).sent(player.seq);
    return frame;
  }

  private Session look(List<WsInboundMessage> messages, Session session) {
    boolean counts = window.contains(System.nanoTime());
    for (WsInboundMessage message : messages) {
      watcher(session).hear(((WsInboundMessage.Text) message).message(), counts);
    }
    return session;
  }

  @Override
  public void after() {
    Map<String, Object> figures = receipts.figures();
    figures.put("seconds", window.seconds());
    figures.put("commands_per_s", receipts.measured() / window.seconds());
    figures.putAll(seen.figures(window.seconds(), Settings.WATCHERS));
    Json.print("steady", figures);
    boolean sound = receipts.lost() == 0 && seen.gaps.sum() == 0 && seen.still.sum() == 0;
    if (Settings.ASSERTED && !sound) {
      throw new AssertionError(
          "expected no command lost, no delta that does not fit and no player who stands still,"
              + " got the figures above");
    }
  }
}
