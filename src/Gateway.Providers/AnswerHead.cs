using Microsoft.Extensions.Primitives;

namespace Gateway.Providers;

/// <summary>Status and headers of an answer as the model's side gave them; the gateway adds its own.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">The content type as given.</param>
/// <param name="Headers">Further headers that concern the client.</param>
public sealed record AnswerHead(int Status, string ContentType, IReadOnlyList<KeyValuePair<string, StringValues>> Headers)
{
    public const string Json = "application/json";

    public const string EventStream = "text/event-stream";
}
