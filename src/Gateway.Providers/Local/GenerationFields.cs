using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Engine;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>The members that chat completions and completions share: how long an answer may be, and how its tokens are chosen.</summary>
/// <param name="model">Serves the request.</param>
/// <param name="card">What the catalogue says about it.</param>
/// <param name="overflow">What becomes of prompts that are too long.</param>
internal sealed class GenerationFields(LanguageModel model, ModelCard card, ContextOverflow overflow)
{
    /// <summary>The most choices that a request may ask for, OpenAI's limit.</summary>
    public const int MaxChoices = 128;

    /// <summary>OpenAI's limit is 4; engines commonly take more.</summary>
    private const int MaxStops = 16;

    /// <summary>Tokens of prompt and answer together: what the model can do, and the catalogue allows.</summary>
    public int Window => Math.Min(model.Engine.Model.ContextLength, card.ContextWindow);

    /// <summary>The prompt, or what is left of one that is too long where prompts are truncated.</summary>
    /// <exception cref="GatewayException">The prompt has more tokens than there is room for.</exception>
    /// <param name="prompt">The prompt.</param>
    /// <param name="field">Its name.</param>
    /// <param name="answer">Tokens of answer that are wanted beside it. It fits when there is room for one of them.</param>
    public IReadOnlyList<int> Fitting(IReadOnlyList<int> prompt, string field, int answer)
    {
        if (prompt.Count + Math.Min(answer, 1) <= Window)
        {
            return prompt;
        }

        return overflow == ContextOverflow.TruncateLeft && Window > 1
            ? PromptTruncation.Cut(prompt, model.Engine.Model.BosTokenId, Window, answer)
            : throw new GatewayException(
                ErrorCode.CallerContextLengthExceeded,
                string.Create(CultureInfo.InvariantCulture, $"The prompt has {prompt.Count} tokens; the model '{card.QualifiedName}' takes {Window} tokens of prompt and answer together. Send a shorter prompt."),
                field);
    }

    /// <summary>What the client asks for, within what the catalogue allows.</summary>
    /// <param name="root">The request.</param>
    /// <param name="minimum">The least that it may ask for.</param>
    public int MaxTokens(JsonElement root, int minimum = 1)
    {
        var wanted = RequestField.Count(root, "max_completion_tokens", minimum: 1) ?? RequestField.Count(root, "max_tokens", minimum);
        return Math.Min(wanted ?? model.Defaults.MaxTokens ?? int.MaxValue, card.MaxOutputTokens);
    }

    /// <summary>How many answers are wanted; 1 when the member is absent.</summary>
    public static int Choices(JsonElement root, string name) => RequestField.Count(root, name, minimum: 1) switch
    {
        null => 1,
        <= MaxChoices and { } count => count,
        _ => throw RequestField.Wrong(name, $"1 to {MaxChoices}"),
    };

    public static IReadOnlyList<string> Stops(JsonElement root) => RequestField.Strings(root, "stop", MaxStops);

    public static IReadOnlyList<int> StopTokenIds(JsonElement root) =>
        RequestField.Find(root, "stop_token_ids") is { } ids ? RequestField.Integers(ids, "stop_token_ids") : [];

    public SamplingParameters Sampling(JsonElement root)
    {
        var defaults = model.Defaults.Sampling;
        return new SamplingParameters
        {
            Temperature = RequestField.Number(root, "temperature") ?? defaults.Temperature,
            TopP = RequestField.Number(root, "top_p") ?? defaults.TopP,
            TopK = (int)Math.Clamp(RequestField.Integer(root, "top_k") ?? defaults.TopK, 0, int.MaxValue),
            MinP = RequestField.Number(root, "min_p") ?? defaults.MinP,
            RepetitionPenalty = RequestField.Number(root, "repetition_penalty") ?? defaults.RepetitionPenalty,
            FrequencyPenalty = RequestField.Number(root, "frequency_penalty") ?? 0,
            PresencePenalty = RequestField.Number(root, "presence_penalty") ?? 0,
            Seed = RequestField.Integer(root, "seed"),
            LogitBias = LogitBias(root),
        };
    }

    /// <exception cref="GatewayException">Always when the condition holds: the engine does not offer what the member asks for.</exception>
    public static void Refuse(string name, bool condition, string offer)
    {
        if (condition)
        {
            throw new GatewayException(ErrorCode.CallerUnsupportedField, $"'{name}' is not supported by the local engine: it offers {offer}. Leave the field out, or use a provider's model.", name);
        }
    }

    private static Dictionary<int, float> LogitBias(JsonElement root)
    {
        Dictionary<int, float> bias = [];
        if (RequestField.Find(root, "logit_bias") is { } map)
        {
            foreach (var member in map.EnumerateObject())
            {
                if (!int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    throw RequestField.Wrong("logit_bias", "an object from token ids to numbers of -100 to 100");
                }

                bias[id] = (float)RequestField.NumberOf(member.Value, $"logit_bias.{id}");
            }
        }

        return bias;
    }
}
