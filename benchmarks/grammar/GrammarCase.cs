using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine.Constraints;

namespace Gateway.Benchmarks.Grammars;

/// <summary>A grammar as requests ask for it.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Read">Makes the grammar of what the caller sent.</param>
/// <param name="Answer">A text that fulfils it.</param>
internal sealed record GrammarCase(string Name, Func<Grammar> Read, string Answer)
{
    private const string Tool = """
        {
          "type": "object",
          "properties": {
            "location": { "type": "string", "description": "City and country" },
            "unit": { "type": "string", "enum": ["celsius", "fahrenheit"] },
            "days": { "type": "integer", "minimum": 1, "maximum": 14 },
            "include": { "type": "array", "items": { "type": "string", "enum": ["wind", "rain", "humidity", "uv index"] }, "maxItems": 4 },
            "contact": {
              "type": "object",
              "properties": { "email": { "type": "string", "format": "email" }, "since": { "type": "string", "format": "date-time" }, "note": { "type": ["string", "null"], "maxLength": 200 } },
              "required": ["email"]
            }
          },
          "required": ["location", "unit"]
        }
        """;

    private const string ToolAnswer =
        """{"location": "Reykjavík, Iceland", "unit": "celsius", "days": 12, "include": ["wind", "uv index"], "contact": {"email": "jon.jonsson@example.is", "since": "2026-11-27T22:16:17Z", "note": "only when it's a storm – the \"red\" kind"}}""";

    /// <summary>Those of the table.</summary>
    public static IEnumerable<GrammarCase> All =>
    [
        new("any JSON object", () => Grammar.AnyJsonObject, ToolAnswer),
        new("schema of a tool", () => Schema(Tool), ToolAnswer),
        new("1,000 required properties", () => Schema(Wide(1_000, isRequired: true)), WideAnswer(1_000, each: 1)),
        new("100 optional properties", () => Schema(Wide(100, isRequired: false)), WideAnswer(100, each: 3)),
        new("256 optional properties", () => Schema(Wide(256, isRequired: false)), WideAnswer(256, each: 7)),
        new("1,000 optional properties", () => Schema(Wide(1_000, isRequired: false)), WideAnswer(1_000, each: 37)),
        new("regular expression", () => Grammar.FromRegex("""(?:[A-Z][a-zà-ÿ]+ ){1,4}<[a-z0-9._-]{1,40}@[a-z0-9-]+(?:\.[a-z]{2,})+> \d{4}-\d{2}-\d{2}: .{10,200}"""),
            "Jón Jónsson <jon.jonsson@example.is> 2026-11-27: only when it's a storm, the red kind, and not before six in the morning"),
    ];

    private static Grammar Schema(string json) => Grammar.FromJsonSchema(JsonElement.Parse(json));

    private static string Wide(int count, bool isRequired)
    {
        var names = Enumerable.Range(0, count).Select(NameOf).ToList();
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(names.Select((name, i) => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["type"] = i % 3 == 0 ? "integer" : "string" }))),
            ["required"] = new JsonArray([.. names.Where(_ => isRequired).Select(name => (JsonNode)name)]),
        }.ToJsonString();
    }

    private static string WideAnswer(int count, int each) =>
        "{" + string.Join(", ", Enumerable.Range(0, count).Where(i => i % each == 0).Select(i => $"\"{NameOf(i)}\": {(i % 3 == 0 ? i * 7919 : $"\"value {i}\"")}")) + "}";

    private static string NameOf(int index) => (index % 4) switch
    {
        0 => $"customer_{index}_name",
        1 => $"order{index}Total",
        2 => $"item-{index}",
        _ => $"note {index}",
    };
}
