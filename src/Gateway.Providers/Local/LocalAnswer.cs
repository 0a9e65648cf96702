using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>Puts generated text into the wire shape of an endpoint, whole or event by event.</summary>
/// <param name="model">The model's name as clients know it.</param>
/// <param name="created">Unix time in seconds.</param>
internal abstract class LocalAnswer(string model, long created)
{
    protected string Model => model;

    protected long Created => created;

    /// <summary>The answer in one piece.</summary>
    public abstract byte[] Whole(string text, IReadOnlyList<TokenLogprobEntry>? logprobs, FinishReason finish, CompletionUsage usage);

    /// <summary>The event before the first token; null where the endpoint has none.</summary>
    public abstract byte[]? First();

    /// <summary>An event with text.</summary>
    public abstract byte[] Delta(string text, IReadOnlyList<TokenLogprobEntry>? logprobs);

    /// <summary>The event that says why the answer ended.</summary>
    public abstract byte[] Last(FinishReason finish);

    /// <summary>The event that carries the usage and nothing else.</summary>
    public abstract byte[] Usage(CompletionUsage usage);

    protected static string NameOf(FinishReason finish) => finish == FinishReason.Stop ? "stop" : "length";

    protected static byte[] Event<T>(T value, JsonTypeInfo<T> type) => [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\n\n"u8];
}
