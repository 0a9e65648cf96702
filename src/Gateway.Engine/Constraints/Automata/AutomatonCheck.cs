namespace Gateway.Engine.Constraints.Automata;

/// <summary>
/// Looks at all rules of a grammar together: cuts off what leads nowhere, so that an answer can always be brought to an end, and refuses
/// rules that could be entered for ever without reading.
/// </summary>
/// <param name="rules">Those of the grammar, without shared ones, which were looked at before.</param>
/// <param name="states">All their states.</param>
internal sealed class AutomatonCheck(IReadOnlyList<RuleAutomaton> rules, List<AutomatonState> states)
{
    /// <exception cref="GrammarException">A rule begins with itself.</exception>
    public void Run()
    {
        FindNullable();
        foreach (var rule in rules)
        {
            KeepCountersFromEmptyBodies(rule);
        }

        FindNullable();
        RefuseLeftRecursion();
        FindLive();
        foreach (var state in states)
        {
            state.Bytes = [.. state.Bytes.Where(edge => edge.Target.IsLive)];
            state.Tokens = [.. state.Tokens.Where(edge => edge.Target.IsLive)];
            state.Calls = [.. state.Calls.Where(call => call.Callee.Start.IsLive && call.Return.IsLive)];
        }
    }

    private void FindNullable()
    {
        for (var hasChanged = true; hasChanged;)
        {
            hasChanged = false;
            foreach (var rule in rules)
            {
                if (!rule.IsNullable && CanEnd(rule.Start, []))
                {
                    rule.IsNullable = hasChanged = true;
                }
            }
        }
    }

    private static bool CanEnd(AutomatonState state, HashSet<AutomatonState> seen) =>
        seen.Add(state) && (state.IsAccepting || state.Counter is { Min: 0 }
            || state.Calls.Any(call => call.Callee.IsNullable && CanEnd(call.Return, seen)));

    /// <summary>A body that may be empty can be counted without end; the repetition is the same when it may not, and need not be taken.</summary>
    private void KeepCountersFromEmptyBodies(RuleAutomaton rule)
    {
        if (rule.Start.Counter is not { Body.IsNullable: true } counter)
        {
            return;
        }

        var start = counter.Body.Start;
        if (start.Calls.Any(call => call.Callee.IsNullable) || start.Counter is not null)
        {
            throw new GrammarException("Something that may be empty by way of a rule is repeated a given number of times; make it not empty.");
        }

        counter.Min = 0;
        counter.Body.IsNullable = false;
        counter.Body.Start = new AutomatonState { Bytes = start.Bytes, Tokens = start.Tokens, Calls = start.Calls };
        states.Add(counter.Body.Start);
    }

    private void RefuseLeftRecursion()
    {
        // Shared rules were looked at when they were compiled.
        var isFinished = rules.ToDictionary(rule => rule, _ => (bool?)null);
        foreach (var rule in rules)
        {
            Visit(rule, isFinished);
        }
    }

    private void Visit(RuleAutomaton rule, Dictionary<RuleAutomaton, bool?> isFinished)
    {
        if (!isFinished.TryGetValue(rule, out var isDone) || isDone == true)
        {
            return;
        }

        if (isDone == false)
        {
            throw new GrammarException($"The rule {rule.Name} leads back to itself before anything is read; put something in front of the reference.");
        }

        isFinished[rule] = false;
        HashSet<AutomatonState> reached = [];
        Reach(rule.Start, reached);
        foreach (var state in reached)
        {
            foreach (var call in state.Calls)
            {
                Visit(call.Callee, isFinished);
            }

            if (state.Counter is { } counter)
            {
                Visit(counter.Body, isFinished);
            }
        }

        isFinished[rule] = true;
    }

    /// <summary>The states of a rule in which nothing was read yet.</summary>
    private static void Reach(AutomatonState state, HashSet<AutomatonState> reached)
    {
        if (reached.Add(state))
        {
            foreach (var call in state.Calls.Where(call => call.Callee.IsNullable))
            {
                Reach(call.Return, reached);
            }
        }
    }

    private void FindLive()
    {
        for (var hasChanged = true; hasChanged;)
        {
            hasChanged = false;

            // Targets were mostly made after the states that lead to them.
            for (var i = states.Count - 1; i >= 0; i--)
            {
                if (!states[i].IsLive && LeadsOn(states[i]))
                {
                    states[i].IsLive = hasChanged = true;
                }
            }
        }
    }

    private static bool LeadsOn(AutomatonState state) =>
        state.IsAccepting
        || Array.Exists(state.Bytes, edge => edge.Target.IsLive)
        || Array.Exists(state.Tokens, edge => edge.Target.IsLive)
        || Array.Exists(state.Calls, call => call.Callee.Start.IsLive && call.Return.IsLive)
        || state.Counter is { } counter && (counter.Min == 0 || counter.Body.Start.IsLive);
}
