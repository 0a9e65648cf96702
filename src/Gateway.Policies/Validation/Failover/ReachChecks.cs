using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Whether every candidate of a route can be reached, and whether what the route's section asks for can happen with them.</summary>
internal sealed class ReachChecks(FailoverSections sections, FallbackChains chains)
{
    public void Check(DeclaredRoute route)
    {
        var requests = sections.ForRequests(route.Definition.Name);
        if (route.Definition.Strategy == RoutingStrategy.Ordered)
        {
            WarnBeyondMaxAttempts(route, requests);
            WarnBehindReturns(route, requests);
        }

        if (sections.Routes.GetValueOrDefault(route.Definition.Name) is { } section)
        {
            if (route.Definition.Candidates.Length == 1)
            {
                WarnOfNobodyNext(section, requests);
            }

            WarnOfNobodyToContinue(route, section, requests);
        }
    }

    private static void WarnBeyondMaxAttempts(DeclaredRoute route, FailoverSection requests)
    {
        var most = requests.MaxAttempts?.Value ?? RouteFailover.Default.MaxAttempts;
        if (route.Candidates.Length > most)
        {
            route.Candidates[most].Warning(
                $"It is reached only while circuits of the candidates before it are open: maxAttempts is {most}.",
                $"Raise maxAttempts for the route in {PolicyFiles.Failover}, or list at most {most} candidates");
        }
    }

    private void WarnBehindReturns(DeclaredRoute route, FailoverSection requests)
    {
        if (requests.Hedge.Resolve() is not null)
        {
            return;
        }

        var candidates = route.Definition.Candidates;
        var end = candidates.TakeWhile(card => GoesOn(route, card)).Count();
        if (end < candidates.Length - 1)
        {
            route.Candidates[end + 1].Warning(
                $"It is reached only while the circuit of {Quote.Of(candidates[end].QualifiedName)} is open: "
                + "every failure of that one is returned to the client.",
                $"Write fail_over for some failures under 'on' in {PolicyFiles.Failover}, or remove the candidates after that one");
        }
    }

    private bool GoesOn(DeclaredRoute route, ModelCard card) =>
        sections.ForAttempts(route.Definition.Name, card.Provider).ResolveAttempts().Actions.Any(action => action != FailureAction.Return);

    private static void WarnOfNobodyNext(FailoverSection section, FailoverSection requests)
    {
        if (section.Hedge.IsOn is { Value: true } hedge)
        {
            hedge.At.Warning("The route has one candidate, so that no second attempt can start.", "Add a candidate, or write hedge: off");
        }

        foreach (var (kind, action) in section.Actions.ByKind)
        {
            if (action.Value == FailureAction.FailOver && !requests.Fallbacks.ByKind.ContainsKey(kind))
            {
                action.At.Warning(
                    "The route has one candidate and no fallbacks for this failure, so that there is nobody to fail over to.",
                    $"Add a candidate, or fallbacks: {{ {FailureKindNames.Of(kind)}: [ provider/model ] }}, or write return");
            }
        }
    }

    private void WarnOfNobodyToContinue(DeclaredRoute route, FailoverSection section, FailoverSection requests)
    {
        if (section.Recovery is not { Value: RecoveryMode.Continue } recovery)
        {
            return;
        }

        var models = route.Definition.Candidates.Concat(requests.Fallbacks.ByKind.SelectMany(entry => chains.Expand(entry.Key, entry.Value)));
        if (models.All(card => card.Prefill == PrefillDialect.None))
        {
            recovery.At.Warning(
                "None of the route's models can continue an answer, so that a broken stream fails all the same.",
                $"Write the prefill of one that can in {PolicyFiles.Providers}, or recovery: fail");
        }
    }
}
