using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>Translates an embeddings request for the engine.</summary>
/// <param name="model">Serves the request.</param>
/// <param name="card">What the catalogue says about it.</param>
/// <param name="origin">Where the request comes from.</param>
internal sealed class LocalEmbeddingReader(LanguageModel model, ModelCard card, RequestOrigin origin)
{
    /// <summary>OpenAI's limit of inputs per request.</summary>
    public const int MaxInputs = 2048;

    /// <summary>Families whose published embedding models pool the last token: Qwen3-Embedding, gte-Qwen2.</summary>
    private static readonly string[] FamiliesReadByTheLastToken = ["qwen2", "qwen3"];

    /// <exception cref="GatewayException">The request cannot be served as it stands; the error names the field.</exception>
    public LocalEmbeddingRequest Read(OpenAIRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body, new JsonDocumentOptions { MaxDepth = 128 });
            return ReadBody(document.RootElement);
        }
        catch (InvalidOperationException)
        {
            throw OpenAIRequestReader.LoneSurrogate();
        }
    }

    private LocalEmbeddingRequest ReadBody(JsonElement root)
    {
        var dimensions = RequestField.Count(root, "dimensions", minimum: 1);
        if (dimensions > model.Engine.Model.EmbeddingSize)
        {
            throw RequestField.Wrong(
                "dimensions", string.Create(CultureInfo.InvariantCulture, $"1 to {model.Engine.Model.EmbeddingSize} for the model '{card.QualifiedName}'"));
        }

        var texts = TokenInput.Read(model, root.GetProperty("input"), "input");
        if (texts.Count > MaxInputs)
        {
            throw RequestField.Wrong("input", string.Create(CultureInfo.InvariantCulture, $"at most {MaxInputs} texts, but holds {texts.Count}"));
        }

        return new LocalEmbeddingRequest(
            [.. texts.Select(text => new EmbeddingRequest { PromptIds = Fitting(text), Pooling = Pooling, Dimensions = dimensions, Adapter = card.Adapter, Origin = origin })],
            RequestField.Find(root, "encoding_format")?.ValueEquals("base64") ?? false);
    }

    private EmbeddingPooling Pooling => card.Pooling switch
    {
        PoolingMode.Mean => EmbeddingPooling.Mean,
        PoolingMode.Last => EmbeddingPooling.Last,
        _ => FamiliesReadByTheLastToken.Contains(model.Engine.Model.Family) ? EmbeddingPooling.Last : EmbeddingPooling.Mean,
    };

    private IReadOnlyList<int> Fitting(TokenInput text)
    {
        var window = Math.Min(model.Engine.Model.ContextLength, card.ContextWindow);
        return text.Ids.Count <= window
            ? text.Ids
            : throw new GatewayException(
                ErrorCode.CallerContextLengthExceeded,
                string.Create(
                    CultureInfo.InvariantCulture, $"'{text.Field}' has {text.Ids.Count} tokens; the model '{card.QualifiedName}' embeds {window}. Shorten it."),
                text.Field);
    }
}
