using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>
/// Translates a chat completion for the engine. What the engine cannot do is refused by the field's name; a field that is not known at all is
/// passed over, as OpenAI-compatible servers do.
/// </summary>
/// <param name="model">Serves the request.</param>
/// <param name="card">What the catalogue says about it.</param>
/// <param name="origin">Where the request comes from.</param>
/// <param name="overflow">What becomes of a conversation that is too long.</param>
/// <param name="time">The date that templates may print.</param>
internal sealed class LocalRequestReader(LanguageModel model, ModelCard card, RequestOrigin origin, ContextOverflow overflow, TimeProvider time)
{
    private readonly GenerationFields _fields = new(model, card, overflow);

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
        RefuseUnsupported(root);
        var asked = ReadChat(root);
        var turn = continuation is not { Text.Length: > 0 } ? asked : asked.Constraint is null ? asked.Saying(continuation.Text) : throw NotContinuable();
        var wanted = Math.Max(1, _fields.MaxTokens(root) - (turn.PromptIds.Count - asked.PromptIds.Count));
        var prompt = _fields.Fitting(turn.PromptIds, "messages", wanted);
        return new LocalRequest(
            new TokenRequest
            {
                PromptIds = prompt,
                MaxTokens = Math.Min(wanted, _fields.Window - prompt.Count),
                Sampling = _fields.Sampling(root),
                StopTokenIds = GenerationFields.StopTokenIds(root),
                IgnoreEos = RequestField.Flag(root, "ignore_eos"),
                TopLogprobs = TopLogprobs(root),
                Adapter = card.Adapter,
                Origin = origin,
                Constraint = turn.Constraint,
            },
            GenerationFields.Stops(root),
            turn)
        {
            Choices = GenerationFields.Choices(root, "n"),
            TruncatedTokens = turn.PromptIds.Count - prompt.Count,
            ConstraintField = LocalFormat.FieldOf(root) ?? "tools",
        };
    }

    /// <summary>Half of a document is not a document: what follows could not be held to the grammar that the whole was asked for with.</summary>
    private static GatewayException NotContinuable() => new(
        ErrorCode.CallerUnsupportedField, "The local engine does not go on with an answer that another model began when it is held to a format or to tools.", "response_format");

    private static void RefuseUnsupported(JsonElement root)
    {
        GenerationFields.Refuse("functions", RequestField.Find(root, "functions") is not null, "'tools' in their place");
        GenerationFields.Refuse("function_call", RequestField.Find(root, "function_call") is not null, "'tool_choice' in its place");
        GenerationFields.Refuse("modalities", RequestField.Find(root, "modalities") is { } modalities && modalities.ToString().Contains("audio", StringComparison.Ordinal), "text only");
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
