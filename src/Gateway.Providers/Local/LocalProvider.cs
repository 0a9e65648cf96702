using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Engine;
using Gateway.Engine.ChatTemplates;
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

        try
        {
            var request = new LocalRequestReader(model, attempt.Model, time).Read(attempt.Request);
            var answer = LocalAnswer.For(attempt.Request.Endpoint, attempt.RequestId, attempt.Model.Name, time.GetUtcNow());
            var run = new LocalRun(model, request, answer, sink, meter);
            await (attempt.Request.Stream ? run.StreamAsync(attempt.Request.IncludeUsage, cancellationToken) : run.SendWholeAsync(cancellationToken)).ConfigureAwait(false);
            return null;
        }
        catch (GatewayException exception)
        {
            return new AttemptFailure(exception.Error, MayFailOver: false);
        }
        catch (ChatTemplateException exception)
        {
            return new AttemptFailure(
                new GatewayError(ErrorCode.CallerInvalidField, $"The model's chat template does not take this conversation: {exception.Message}", "messages"), MayFailOver: false);
        }
        catch (ChatMessageException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.CallerInvalidField, exception.Message, exception.Parameter), MayFailOver: false);
        }
        catch (EngineRequestException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.CallerInvalidField, exception.Message, FieldName(exception.Field)), MayFailOver: false);
        }
        catch (EngineOverloadedException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.ProviderOverloaded, exception.Message, RetryAfter: RetrySoon), MayFailOver: true);
        }
        catch (EngineException exception)
        {
            return new AttemptFailure(new GatewayError(ErrorCode.ProviderInternal, $"The local engine failed: {exception.Message}"), MayFailOver: true);
        }
    }

    private AttemptFailure NotServing() =>
        engine.Status.Problem is { } problem
            ? new AttemptFailure(new GatewayError(ErrorCode.PolicyNotReady, $"The local engine could not be loaded: {problem}"), MayFailOver: true)
            : new AttemptFailure(new GatewayError(ErrorCode.PolicyNotReady, "The local engine is still loading.", RetryAfter: RetrySoon), MayFailOver: true);

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
