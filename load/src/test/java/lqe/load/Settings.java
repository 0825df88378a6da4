package lqe.load;

import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.http.HttpProtocolBuilder;

/** What a run is told as system properties, with what holds if it is not told. */
final class Settings {
  static final String URL = System.getProperty("url", "http://127.0.0.1:8765");
  static final int USERS = Integer.getInteger("users", 5000);
  static final int WORLD_SIZE = Integer.getInteger("worldSize", 50);
  static final int CONNECTS_PER_S = Integer.getInteger("connectsPerSecond", 250);
  static final double COMMANDS_PER_S = Double.parseDouble(System.getProperty("rate", "1"));
  static final int LIMIT_MS = Integer.getInteger("limit", 200);
  static final int WARM_S = Integer.getInteger("warm", 15);
  static final int STEADY_S = Integer.getInteger("steady", 45);
  static final int WATCHERS = Integer.getInteger("watchers", 20);

  /** Gatling checks assertions on its log file, which a program that runs it may do without. */
  static final boolean ASSERTED = Boolean.parseBoolean(System.getProperty("asserted", "true"));

  private Settings() {}

  /** Seconds in which `users` come in. */
  static int rampS(int users) {
    return Math.max(1, (users + CONNECTS_PER_S - 1) / CONNECTS_PER_S);
  }

  static long periodNs() {
    return Math.round(1e9 / COMMANDS_PER_S);
  }

  static HttpProtocolBuilder protocol() {
    return http.baseUrl(URL)
        .wsBaseUrl(URL.replaceFirst("^http", "ws"))
        .acceptHeader("application/json")
        .contentTypeHeader("application/json")
        .disableCaching()
        .shareConnections();
  }
}
