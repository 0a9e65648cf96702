using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>
/// Translates an OpenAI request for the engine. What the engine cannot do is refused by the field's name; a field that is not known at all is
/// passed over, as OpenAI-compatible servers do.
/// </summary>
internal sealed class LocalRequestReader(LanguageModel model, ModelCard card, TimeProvider time)
{
    /// <summary>OpenAI's limit is 4; engines commonly take more.</summary>
    private const int MaxStops = 16;

    /// <summary>Tokens of prompt and answer together: what the model can do, and the catalogue allows.</summary>
    private int Window => Math.Min(model.Engine.Model.ContextLength, card.ContextWindow);

    /// <param name="request">What is asked.</param>
    /// <param name="continuation">What the client has of the answer already; null for an answer from its beginning.</param>
    /// <exception cref="GatewayException">The request cannot be served as it stands.</exception>
    public LocalRequest Read(OpenAIRequest request, Continuation? continuation = null)
    {
        try
        {
            return ReadBody(request, continuation);
        }
        catch (InvalidOperationException)
        {
            throw OpenAIRequestReader.LoneSurrogate();
        }
    }

    private LocalRequest ReadBody(OpenAIRequest request, Continuation? continuation)
    {
        using var document = JsonDocument.Parse(request.Body, new JsonDocumentOptions { MaxDepth = 128 });
        var root = document.RootElement;
        var isChat = request.Endpoint == OpenAIEndpoint.ChatCompletions;
        RefuseUnsupported(root, isChat);
        var turn = isChat ? ReadChat(root) : null;
        var asked = turn?.PromptIds.Count ?? 0;
        if (turn is not null && continuation is { Text.Length: > 0 })
        {
            turn = turn.Constraint is null ? turn.Saying(continuation.Text) : throw NotContinuable();
        }

        var prompt = Fitting(turn?.PromptIds ?? ReadPrompt(root), isChat ? "messages" : "prompt");
        return new LocalRequest(
            new TokenRequest
            {
                PromptIds = prompt,
                MaxTokens = Math.Clamp(MaxTokens(root) - (turn is null ? 0 : prompt.Count - asked), 1, Window - prompt.Count),
                Sampling = ReadSampling(root),
                StopTokenIds = RequestField.Find(root, "stop_token_ids") is { } ids ? RequestField.Integers(ids, "stop_token_ids") : [],
                IgnoreEos = RequestField.Flag(root, "ignore_eos"),
                TopLogprobs = isChat ? TopLogprobs(root) : null,
                Constraint = turn?.Constraint,
            },
            RequestField.Strings(root, "stop", MaxStops),
            turn);
    }

    /// <summary>Half of a document is not a document: what follows could not be held to the grammar that the whole was asked for with.</summary>
    private static GatewayException NotContinuable() => new(
        ErrorCode.CallerUnsupportedField, "The local engine does not go on with an answer that another model began when it is held to a format or to tools.", "response_format");

    private static void RefuseUnsupported(JsonElement root, bool isChat)
    {
        Refuse("n", RequestField.Integer(root, "n") is > 1, "one choice per request; send the request several times");
        Refuse("functions", RequestField.Find(root, "functions") is not null, "'tools' in their place");
        Refuse("function_call", RequestField.Find(root, "function_call") is not null, "'tool_choice' in its place");
        Refuse("modalities", RequestField.Find(root, "modalities") is { } modalities && modalities.ToString().Contains("audio", StringComparison.Ordinal), "text only");
        if (!isChat)
        {
            Refuse("tools", RequestField.Find(root, "tools") is not null, "tools on /v1/chat/completions only");
            Refuse("response_format", RequestField.Find(root, "response_format") is not null, "response formats on /v1/chat/completions only");
            Refuse("structured_outputs", RequestField.Find(root, "structured_outputs") is not null, "them on /v1/chat/completions only");
            Refuse("echo", RequestField.Flag(root, "echo"), "no echo");
            Refuse("suffix", RequestField.Find(root, "suffix") is { } suffix && suffix.ToString().Length > 0, "no suffix");
            Refuse("best_of", RequestField.Integer(root, "best_of") is > 1, "one choice per request");
            Refuse("logprobs", RequestField.Find(root, "logprobs") is not null, "logprobs on /v1/chat/completions only");
        }

        static void Refuse(string name, bool condition, string offer)
        {
            if (condition)
            {
                throw new GatewayException(ErrorCode.CallerUnsupportedField, $"'{name}' is not supported by the local engine: it offers {offer}. Leave the field out, or use a provider's model.", name);
            }
        }
    }

    private ChatTurn ReadChat(JsonElement root)
    {
        CheckRoles(root.GetProperty("messages"));
        var conversation = new Conversation
        {
            Messages = root.GetProperty("messages"),
            Content = LocalFormat.Read(root),
            TemplateVariables = LocalTemplateVariables.Read(root),
            Now = time.GetLocalNow(),
        };
        return model.Begin(LocalTools.Read(root, model, conversation));
    }

    /// <summary>Chat templates pass over messages whose role they do not know: the model would answer without having read them.</summary>
    private static void CheckRoles(JsonElement messages)
    {
        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            var role = message.GetProperty("role").GetString();
            if (role is not ("system" or "developer" or "user" or "assistant" or "tool" or "function"))
            {
                throw RequestField.Wrong($"messages[{index}].role", "system, developer, user, assistant, tool or function");
            }

            index++;
        }
    }

    private IReadOnlyList<int> ReadPrompt(JsonElement root)
    {
        var prompt = root.GetProperty("prompt");
        if (prompt.ValueKind == JsonValueKind.String)
        {
            return model.EncodeText(prompt.GetString()!);
        }

        return prompt.GetArrayLength() > 0 && prompt[0].ValueKind == JsonValueKind.Number
            ? RequestField.Integers(prompt, "prompt")
            : prompt.GetArrayLength() == 1 && prompt[0].ValueKind == JsonValueKind.String
                ? model.EncodeText(prompt[0].GetString()!)
                : throw new GatewayException(
                    ErrorCode.CallerUnsupportedField, "'prompt' must be one string or one array of token ids: the local engine takes one prompt per request.", "prompt");
    }

    private IReadOnlyList<int> Fitting(IReadOnlyList<int> prompt, string field) =>
        prompt.Count < Window
            ? prompt
            : throw new GatewayException(
                ErrorCode.CallerContextLengthExceeded,
                string.Create(CultureInfo.InvariantCulture, $"The prompt has {prompt.Count} tokens; the model '{card.QualifiedName}' takes {Window} tokens of prompt and answer together. Send a shorter prompt."),
                field);

    /// <summary>What the client asks for, within what the catalogue allows.</summary>
    private int MaxTokens(JsonElement root)
    {
        var wanted = RequestField.Count(root, "max_completion_tokens", minimum: 1) ?? RequestField.Count(root, "max_tokens", minimum: 1);
        return Math.Min(wanted ?? model.Defaults.MaxTokens ?? int.MaxValue, card.MaxOutputTokens);
    }

    private SamplingParameters ReadSampling(JsonElement root)
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

    private static int? TopLogprobs(JsonElement root)
    {
        var top = RequestField.Count(root, "top_logprobs", minimum: 0);
        if (!RequestField.Flag(root, "logprobs"))
        {
            return top is null or 0 ? null : throw new GatewayException(ErrorCode.CallerInvalidField, "'top_logprobs' needs 'logprobs': true.", "top_logprobs");
        }

        return top is null or <= TokenRequest.MaxTopLogprobs ? top ?? 0 : throw RequestField.Wrong("top_logprobs", $"0 to {TokenRequest.MaxTopLogprobs}");
    }
}
