using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>
/// Saves a stream that broke after the client had seen part of it. What a model has said is continued by one whose card says that it can;
/// while only reasoning has come, which is no part of the answer, any model may start the answer from its beginning.
/// </summary>
internal sealed class Recovery(AttemptRunner runner, FailoverRequest request, RouteFailover route, CandidateQueue queue)
{
    private readonly HashSet<string> _continued = new(StringComparer.Ordinal);

    /// <summary>Null when the client has its whole answer after all, else the failure that broke it: the one that matters, whatever failed since.</summary>
    public async ValueTask<AttemptFailure?> RunAsync(Attempt broken)
    {
        var failure = broken.Failure!;
        while (runner.MayCall && IsContinuable(broken) && Take(broken) is { } model)
        {
            if (await runner.ContinueAsync(model, broken).ConfigureAwait(false) is not { } attempt)
            {
                continue;
            }

            if (attempt.IsCalledOff)
            {
                break;
            }

            if (attempt.Failure is null)
            {
                return null;
            }

            broken = attempt.HasClaimed ? attempt : broken;
        }

        return failure;
    }

    private bool IsContinuable(Attempt broken) =>
        route.Recovery == RecoveryMode.Continue
        && request.Request is { Stream: true, Endpoint: OpenAIEndpoint.ChatCompletions, Choices: 1 }
        && broken.Plan.Rules.ActionFor(broken.Failure!.Kind) != FailureAction.Return
        && (broken.Meter.FirstContentTokenAt is null || broken.Plan.Transcript is { IsContinuable: true, Text.Length: > 0 });

    /// <summary>Who has not been tried at all comes first, then who has, the one that broke included: its next answer may hold.</summary>
    private ModelCard? Take(Attempt broken)
    {
        var needsPrefill = broken.Meter.FirstContentTokenAt is not null;
        var model = queue.Take(IsFit) ?? request.Plan.Candidates.FirstOrDefault(candidate => IsFit(candidate) && !_continued.Contains(candidate.QualifiedName));
        if (model is not null)
        {
            _continued.Add(model.QualifiedName);
        }

        return model;

        bool IsFit(ModelCard candidate) => !needsPrefill || candidate.Prefill != PrefillDialect.None;
    }
}
