package lqe.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Messages read, and figures printed as lines that programs read among Gatling's for people. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  static JsonNode parse(String message) {
    try {
      return MAPPER.readTree(message);
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException("expected JSON, got " + message, broken);
    }
  }

  static void print(String name, Map<String, Object> figures) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("load", name);
    line.putAll(figures);
    System.out.println(MAPPER.valueToTree(line).toString());
    System.out.flush();
  }
}
