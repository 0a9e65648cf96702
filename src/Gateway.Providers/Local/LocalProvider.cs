using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>Serves a request from the engine in this process.</summary>
/// <param name="engine">Holds the model.</param>
/// <param name="options">What the operator decides about the engine.</param>
/// <param name="time">The clock.</param>
public sealed class LocalProvider(LocalEngine engine, EngineOptions options, TimeProvider time) : IProviderClient
{
    /// <summary>Sequences of one request that are with the engine at the same time, so that a long list leaves room in its queue.</summary>
    internal const int MostAtOnce = 16;

    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public ProviderDialect Dialect => ProviderDialect.Local;

    public async Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken)
    {
        if (engine.Current is not { } model)
        {
            return NotServing();
        }

        if (attempt.Model.Adapter is { } adapter && !model.Engine.Model.Adapters.Contains(adapter))
        {
            return new AttemptFailure(NoAdapter(attempt.Model.QualifiedName, adapter, model.Engine.Model.Adapters), FailureKind.Unreachable);
        }

        using var deadline = new AttemptDeadline(attempt, time, cancellationToken);
        try
        {
            await AnswerAsync(model, attempt, sink, meter, deadline).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return deadline.TimeRanOut();
        }
        catch (GatewayException exception)
        {
            return new AttemptFailure(exception.Error, FailureKinds.OfCallerError(exception.Error.Code));
        }
        catch (ChatTemplateException exception)
        {
            return new AttemptFailure(
                new GatewayError(ErrorCode.CallerInvalidField, $"The model's chat template does not take this conversation: {exception.Message}", "messages"), FailureKind.BadRequest);
        }
        catch (ChatMessageException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.CallerInvalidField, exception.Message, exception.Parameter), FailureKind.BadRequest);
        }
        catch (EngineRequestException exception)
        {
            var field = FieldName(exception.Field);
            return new AttemptFailure(new GatewayError(ErrorCode.CallerInvalidField, $"'{field}': {exception.Problem}", field), FailureKind.BadRequest);
        }
        catch (EngineOverloadedException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.ProviderOverloaded, exception.Message, RetryAfter: RetrySoon), FailureKind.Overloaded);
        }
        catch (EngineException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.ProviderInternal, $"The local engine failed: {exception.Message}"), FailureKind.ServerError);
        }
    }

    private async Task AnswerAsync(LanguageModel model, AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
    {
        var (request, card, created) = (attempt.Request, attempt.Model, time.GetUtcNow().ToUnixTimeSeconds());
        var origin = LocalOrigin.Of(attempt.Key, attempt.Priority, options.SharePrefixesBetweenTenants);
        switch (request.Endpoint)
        {
            case OpenAIEndpoint.Embeddings:
                var texts = new LocalEmbeddingReader(model, card, origin).Read(request);
                await new LocalEmbeddingRun(model, texts, card.Name, sink, meter, deadline).SendAsync().ConfigureAwait(false);
                break;
            case OpenAIEndpoint.Completions:
                var completion = new LocalCompletionReader(model, card, origin, options.ContextOverflow).Read(request);
                engine.CountTruncated(completion.TruncatedTokens);
                var text = new LocalCompletionAnswer(attempt.RequestId, card.Name, created);
                var completing = new LocalCompletionRun(model, completion, text, sink, meter, deadline);
                await ConstrainedAsync(
                    request.Stream ? completing.StreamAsync(request.IncludeUsage) : completing.SendWholeAsync(), completion.ConstraintField).ConfigureAwait(false);
                break;
            default:
                var chat = new LocalRequestReader(model, card, origin, options.ContextOverflow, time).Read(request, attempt.Continuation);
                engine.CountTruncated(chat.TruncatedTokens);
                var answer = new LocalChatAnswer(attempt.RequestId, card.Name, created, attempt.Continuation);
                var chatting = new LocalChatRun(model, chat, answer, sink, meter, deadline);
                await ConstrainedAsync(
                    request.Stream ? chatting.StreamAsync(request.IncludeUsage) : chatting.SendWholeAsync(), chat.ConstraintField).ConfigureAwait(false);
                break;
        }
    }

    private static async Task ConstrainedAsync(Task run, string? constraintField)
    {
        try
        {
            await run.ConfigureAwait(false);
        }
        catch (EngineRequestException exception) when (exception.Field == nameof(TokenRequest.Constraint))
        {
            // The engine knows one grammar; the client sent fields that it was made of.
            throw new GatewayException(ErrorCode.CallerInvalidField, $"'{constraintField}': {exception.Problem}", constraintField);
        }
    }

    private AttemptFailure NotServing() =>
        engine.Status.Problem is { } problem
            ? new AttemptFailure(new GatewayError(ErrorCode.PolicyNotReady, $"The local engine could not be loaded: {problem}"), FailureKind.Unreachable)
            : new AttemptFailure(new GatewayError(ErrorCode.PolicyNotReady, "The local engine is still loading.", RetryAfter: RetrySoon), FailureKind.Overloaded);

    /// <summary>The catalogue follows its file, the engine's adapters are those that it was started with.</summary>
    private static GatewayError NoAdapter(string model, string adapter, IReadOnlyList<string> adapters) => new(
        ErrorCode.PolicyNotReady,
        $"The model '{model}' is served with the adapter '{adapter}', which the engine was started without; it has {(adapters.Count == 0 ? "none" : string.Join(", ", adapters))}. "
        + $"Set Engine:Adapters:{adapter} and start the gateway again, or change the model's adapter in providers.yaml.");

    /// <summary>The wire name of an engine parameter: <c>TopP</c> is <c>top_p</c>.</summary>
    private static string FieldName(string member)
    {
        if (member == nameof(TokenRequest.PromptIds))
        {
            return "prompt";
        }

        var name = new StringBuilder();
        foreach (var character in member)
        {
            name.Append(char.IsUpper(character) && name.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(character));
        }

        return name.ToString();
    }
}
