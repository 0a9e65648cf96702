using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Engine;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Text;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>Serves a request from the engine in this process.</summary>
public sealed class LocalProvider(LocalEngine engine, TimeProvider time) : IProviderClient
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public ProviderDialect Dialect => ProviderDialect.Local;

    public async Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken)
    {
        if (engine.Current is not { } model)
        {
            return NotServing();
        }

        using var deadline = new AttemptDeadline(attempt, time, cancellationToken);
        try
        {
            var request = new LocalRequestReader(model, attempt.Model, time).Read(attempt.Request, attempt.Continuation);
            await RunAsync(model, request, attempt, sink, meter, deadline).ConfigureAwait(false);
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
            return new AttemptFailure(new GatewayError(ErrorCode.CallerInvalidField, exception.Message, FieldName(exception.Field)), FailureKind.BadRequest);
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

    private Task RunAsync(LanguageModel model, LocalRequest request, AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
    {
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        if (request.Turn is { } turn)
        {
            var chat = new LocalChatAnswer(attempt.RequestId, attempt.Model.Name, created, attempt.Continuation);
            var answering = new LocalChatRun(model, turn, request, chat, sink, meter, deadline);
            return attempt.Request.Stream ? answering.StreamAsync(attempt.Request.IncludeUsage) : answering.SendWholeAsync();
        }

        var run = new LocalRun(model, request, new LocalCompletionAnswer(attempt.RequestId, attempt.Model.Name, created), sink, meter, deadline);
        return attempt.Request.Stream ? run.StreamAsync(attempt.Request.IncludeUsage) : run.SendWholeAsync();
    }

    private AttemptFailure NotServing() =>
        engine.Status.Problem is { } problem
            ? new AttemptFailure(new GatewayError(ErrorCode.PolicyNotReady, $"The local engine could not be loaded: {problem}"), FailureKind.Unreachable)
            : new AttemptFailure(new GatewayError(ErrorCode.PolicyNotReady, "The local engine is still loading.", RetryAfter: RetrySoon), FailureKind.Overloaded);

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
