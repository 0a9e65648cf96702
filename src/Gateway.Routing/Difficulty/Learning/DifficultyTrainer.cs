namespace Gateway.Routing.Difficulty.Learning;

/// <summary>
/// Trains a <see cref="DifficultyModel"/>: vocabulary, then a logistic regression for the weak and one for the strong model, then Platt's
/// calibration on log-odds of regressions that had not seen the prompt. Single-threaded and deterministic.
/// </summary>
public static class DifficultyTrainer
{
    /// <param name="examples">At least one; a few thousand to be of use.</param>
    /// <exception cref="ArgumentException">There are no examples.</exception>
    public static DifficultyModel Train(
        IReadOnlyList<RoutingExample> examples, DifficultyTrainingOptions options, CancellationToken cancellationToken = default)
    {
        if (examples.Count == 0)
        {
            throw new ArgumentException("There are no examples to train on.", nameof(examples));
        }

        var matrix = new TrainingMatrix(examples, options);
        int[] folds = Folds.Assign([.. examples.Select(example => example.Prompt)], options.CalibrationFolds, options.Seed);
        var weak = FitHead(matrix, [.. examples.Select(example => example.Weak)], folds, options, cancellationToken);
        var strong = FitHead(matrix, [.. examples.Select(example => example.Strong)], folds, options, cancellationToken);
        return matrix.ToModel(weak, strong);
    }

    private static HeadFit FitHead(
        TrainingMatrix matrix, bool[] labels, int[] folds, DifficultyTrainingOptions options, CancellationToken cancellationToken)
    {
        var logOdds = new double[labels.Length];
        for (int fold = 0; fold < options.CalibrationFolds; fold++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] partial = Fit([.. Enumerable.Range(0, labels.Length).Where(row => folds[row] != fold)]);
            for (int row = 0; row < labels.Length; row++)
            {
                logOdds[row] = folds[row] == fold ? matrix.Rows.Dot(row, partial) : logOdds[row];
            }
        }

        double[] weights = Fit([.. Enumerable.Range(0, labels.Length)]);
        return new HeadFit(weights, Calibrate(PromptForm.Open), Calibrate(PromptForm.MultipleChoice));

        double[] Fit(int[] rows) =>
            LogisticRegression.Fit(matrix.Rows, rows, labels, options.InverseRegularisation, TrainingMatrix.Intercepts, cancellationToken);

        (double Slope, double Offset) Calibrate(PromptForm form)
        {
            int[] rows = [.. Enumerable.Range(0, labels.Length).Where(row => matrix.Forms[row] == form)];
            return PlattScaling.Fit([.. rows.Select(row => logOdds[row])], [.. rows.Select(row => labels[row])]);
        }
    }
}
