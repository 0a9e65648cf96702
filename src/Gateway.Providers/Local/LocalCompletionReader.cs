using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Constraints;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>Translates a completion for the engine. What the engine cannot do is refused by the field's name.</summary>
/// <param name="model">Serves the request.</param>
/// <param name="card">What the catalogue says about it.</param>
/// <param name="origin">Where the request comes from.</param>
/// <param name="overflow">What becomes of prompts that are too long.</param>
internal sealed class LocalCompletionReader(LanguageModel model, ModelCard card, RequestOrigin origin, ContextOverflow overflow)
{
    /// <summary>OpenAI's limit.</summary>
    private const int MaxLogprobs = 5;

    /// <summary>As with embeddings, so that a list of any length cannot be had for one request.</summary>
    private const int MaxAnswers = 2048;

    private readonly GenerationFields _fields = new(model, card, overflow);

    /// <exception cref="GatewayException">The request cannot be served as it stands; the error names the field.</exception>
    public LocalCompletionRequest Read(OpenAIRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body, new JsonDocumentOptions { MaxDepth = 128 });
            return ReadBody(document.RootElement, request.Stream);
        }
        catch (InvalidOperationException)
        {
            throw OpenAIRequestReader.LoneSurrogate();
        }
    }

    private LocalCompletionRequest ReadBody(JsonElement root, bool isStream)
    {
        GenerationFields.Refuse("suffix", RequestField.Find(root, "suffix") is { } suffix && suffix.ToString().Length > 0, "no suffix");
        GenerationFields.Refuse("tools", RequestField.Find(root, "tools") is not null, "it on /v1/chat/completions only");
        var choices = GenerationFields.Choices(root, "n");
        var candidates = Candidates(root, choices, isStream);
        var logprobs = Logprobs(root);
        var maxTokens = _fields.MaxTokens(root, minimum: 0);
        var inputs = TokenInput.Read(model, root.GetProperty("prompt"), "prompt");
        if ((long)inputs.Count * candidates > MaxAnswers)
        {
            throw RequestField.Wrong(
                "prompt",
                string.Create(CultureInfo.InvariantCulture, $"few enough for {MaxAnswers} answers, but holds {inputs.Count} prompts with {candidates} answers each"));
        }

        var stops = GenerationFields.Stops(root);
        var template = new TokenRequest
        {
            PromptIds = [],
            Sampling = _fields.Sampling(root),
            StopTokenIds = GenerationFields.StopTokenIds(root),
            IgnoreEos = RequestField.Flag(root, "ignore_eos"),

            // The best of several are those that the model holds likeliest.
            TopLogprobs = logprobs ?? (candidates > choices ? 0 : null),
            Adapter = card.Adapter,
            Origin = origin,
            Constraint = LocalFormat.Read(root) is { } grammar ? new TokenConstraint(grammar) : null,
        };
        return new LocalCompletionRequest([.. inputs.Select(Prompt)], stops)
        {
            Choices = choices,
            Candidates = candidates,
            Echoes = RequestField.Flag(root, "echo"),
            Logprobs = logprobs,
            Generates = maxTokens > 0,
            ConstraintField = LocalFormat.FieldOf(root),
        };

        LocalPrompt Prompt(TokenInput input)
        {
            var ids = _fields.Fitting(input.Ids, input.Field, maxTokens);
            return new LocalPrompt(ids.Count == input.Ids.Count ? input : input with { Text = null, Ids = ids }, input.Ids.Count - ids.Count, template with { PromptIds = ids, MaxTokens = Math.Clamp(maxTokens, 1, Math.Max(1, _fields.Window - ids.Count)) });
        }
    }

    private static int Candidates(JsonElement root, int choices, bool isStream)
    {
        if (RequestField.Find(root, "best_of") is null)
        {
            return choices;
        }

        var candidates = GenerationFields.Choices(root, "best_of");
        if (candidates < choices)
        {
            throw RequestField.Wrong("best_of", string.Create(CultureInfo.InvariantCulture, $"at least 'n', which is {choices}, but is {candidates}"));
        }

        return candidates == choices || !isStream
            ? candidates
            : throw RequestField.Wrong(
                "best_of",
                string.Create(CultureInfo.InvariantCulture, $"'n' ({choices}) when streaming, since the best are known only at the end, but is {candidates}"));
    }

    private static int? Logprobs(JsonElement root) => RequestField.Count(root, "logprobs", minimum: 0) switch
    {
        null => null,
        <= MaxLogprobs and { } top => top,
        _ => throw RequestField.Wrong("logprobs", $"0 to {MaxLogprobs}"),
    };
}
