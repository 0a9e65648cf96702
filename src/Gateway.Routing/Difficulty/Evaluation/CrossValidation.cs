using Gateway.Routing.Difficulty.Learning;

namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>
/// Estimates every example with a model that has not seen it: the examples are split into folds, and each fold is estimated by a model
/// trained on the others.
/// </summary>
public static class CrossValidation
{
    /// <param name="folds">From 2 to the count of topics (or of prompts).</param>
    /// <param name="byTopic">Holds out whole topics, else prompts. A source of one topic can only be seen by prompts.</param>
    /// <returns>A report per fold of each source that has prompts in it, in the order of the folds.</returns>
    public static IReadOnlyList<IReadOnlyList<SourceReport>> Run(
        IReadOnlyList<RoutingExample> examples,
        int folds,
        bool byTopic,
        DifficultyTrainingOptions options,
        CancellationToken cancellationToken = default)
    {
        string[] groups = [.. examples.Select(example => byTopic ? $"{example.Source}/{example.Topic}" : example.Prompt)];
        int distinct = groups.Distinct(StringComparer.Ordinal).Count();
        if (folds < 2 || folds > distinct)
        {
            throw new ArgumentOutOfRangeException(
                nameof(folds), folds, $"Choose 2 to {distinct} folds: there are so many {(byTopic ? "topics" : "prompts")}.");
        }

        int[] assigned = Folds.Assign(groups, folds, options.Seed);
        var reports = new List<IReadOnlyList<SourceReport>>();
        for (int fold = 0; fold < folds; fold++)
        {
            var model = DifficultyTrainer.Train([.. examples.Where((_, row) => assigned[row] != fold)], options, cancellationToken);
            RoutingExample[] held = [.. examples.Where((_, row) => assigned[row] == fold)];
            reports.Add(SourceReport.BySource(held, [.. held.Select(example => RoutedOutcome.Of(model, example))]));
        }

        return reports;
    }
}
