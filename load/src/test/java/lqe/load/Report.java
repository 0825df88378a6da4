package lqe.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Prints figures as lines of JSON, which programs read, among what Gatling prints for people. */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Report() {}

  static void print(String name, Map<String, Object> figures) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("load", name);
    line.putAll(figures);
    try {
      System.out.println(JSON.writeValueAsString(line));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
    System.out.flush();
  }
}
