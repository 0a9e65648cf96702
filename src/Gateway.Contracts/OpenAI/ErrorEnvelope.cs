using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

public sealed record ErrorEnvelope(ErrorDetail Error);

public sealed record ErrorDetail(
    string Message,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);
