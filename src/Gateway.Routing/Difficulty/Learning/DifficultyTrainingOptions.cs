namespace Gateway.Routing.Difficulty.Learning;

/// <summary>What training can be told. The defaults were chosen by cross-validation (docs/adr/0010-difficulty-model.md).</summary>
public sealed record DifficultyTrainingOptions
{
    /// <summary>Splits the examples on which calibration is fitted. The same seed and data give the same model. The default is 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How far the examples are trusted against the L2 penalty (C), above 0. The default is 0.3.</summary>
    public double InverseRegularisation { get; init; } = 0.3;

    /// <summary>The fewest prompts in which a term must occur to be learnt, at least 1. The default is 3.</summary>
    public int FewestPromptsOfTerm { get; init; } = 3;

    /// <summary>The scale of standardised dense features against terms in multiple-choice prompts, above 0. The default is 0.05.</summary>
    public double ChoiceDenseScale { get; init; } = 0.05;

    /// <summary>The same in open prompts, where fewer terms recur and their shape tells more. The default is 0.15.</summary>
    public double OpenDenseScale { get; init; } = 0.15;

    /// <summary>The parts into which the examples are split to fit the calibration, at least 2. The default is 5.</summary>
    public int CalibrationFolds { get; init; } = 5;
}
