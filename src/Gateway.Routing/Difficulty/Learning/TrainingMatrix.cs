using Gateway.Routing.Difficulty.Features;

namespace Gateway.Routing.Difficulty.Learning;

/// <summary>
/// The examples as rows of a linear model. Columns: terms shared by both forms; terms again for open prompts only, so that these learn
/// where they differ (Daumé 2007, "Frustratingly easy domain adaptation"); dense features of either form; the intercepts of either form.
/// </summary>
internal sealed class TrainingMatrix
{
    public const int Intercepts = 2;

    private readonly int _terms;
    private readonly DifficultyTrainingOptions _options;

    public TrainingMatrix(IReadOnlyList<RoutingExample> examples, DifficultyTrainingOptions options)
    {
        _options = options;
        Vocabulary = VocabularyBuilder.Build(examples, options.FewestPromptsOfTerm);
        _terms = Vocabulary.Count;
        Rows = new SparseRows((2 * _terms) + (2 * DenseFeatures.Count) + Intercepts);
        Forms = new PromptForm[examples.Count];
        var dense = new float[examples.Count][];
        var terms = new (int[] Terms, float[] Values)[examples.Count];
        for (int row = 0; row < examples.Count; row++)
        {
            dense[row] = new float[DenseFeatures.Count];
            using var features = PromptFeatures.Read(Vocabulary, examples[row].Prompt, dense[row]);
            Forms[row] = features.Form;
            terms[row] = (features.Terms.ToArray(), features.Values.ToArray());
        }

        OpenScaler = FitScaler(PromptForm.Open, dense);
        ChoiceScaler = FitScaler(PromptForm.MultipleChoice, dense);
        for (int row = 0; row < examples.Count; row++)
        {
            AddRow(Forms[row], terms[row].Terms, terms[row].Values, dense[row]);
        }
    }

    public Vocabulary Vocabulary { get; }

    public SparseRows Rows { get; }

    /// <summary>By row.</summary>
    public PromptForm[] Forms { get; }

    private DenseScaler OpenScaler { get; }

    private DenseScaler ChoiceScaler { get; }

    /// <summary>Folds the columns of <paramref name="weak"/> and <paramref name="strong"/> into the weights of a model.</summary>
    public DifficultyModel ToModel(HeadFit weak, HeadFit strong)
    {
        var terms = new TermWeights[_terms];
        for (int term = 0; term < _terms; term++)
        {
            terms[term] = new TermWeights(
                (float)(Half)(weak.Weights[term] + weak.Weights[_terms + term]),
                (float)(Half)(strong.Weights[term] + strong.Weights[_terms + term]),
                (float)(Half)weak.Weights[term],
                (float)(Half)strong.Weights[term]);
        }

        return new DifficultyModel(
            Vocabulary,
            terms,
            new FormWeights(OpenScaler, Head(weak, PromptForm.Open), Head(strong, PromptForm.Open)),
            new FormWeights(ChoiceScaler, Head(weak, PromptForm.MultipleChoice), Head(strong, PromptForm.MultipleChoice)));
    }

    private DenseScaler FitScaler(PromptForm form, float[][] dense) =>
        DenseScaler.Fit([.. dense.Where((_, row) => Forms[row] == form)], DenseFeatures.Count);

    private void AddRow(PromptForm form, int[] terms, float[] values, float[] dense)
    {
        for (int i = 0; i < terms.Length; i++)
        {
            Rows.Add(terms[i], values[i]);
            if (form == PromptForm.Open)
            {
                Rows.Add(_terms + terms[i], values[i]);
            }
        }

        (form == PromptForm.Open ? OpenScaler : ChoiceScaler).Apply(dense, dense);
        for (int feature = 0; feature < dense.Length; feature++)
        {
            Rows.Add(DenseColumn(form, feature), (float)(dense[feature] * DenseScale(form)));
        }

        Rows.Add(InterceptColumn(form), 1);
        Rows.EndRow();
    }

    private LinearHead Head(HeadFit fit, PromptForm form)
    {
        var dense = new float[DenseFeatures.Count];
        for (int feature = 0; feature < dense.Length; feature++)
        {
            dense[feature] = (float)(fit.Weights[DenseColumn(form, feature)] * DenseScale(form));
        }

        var (slope, offset) = form == PromptForm.Open ? fit.Open : fit.Choice;
        return new LinearHead(fit.Weights[InterceptColumn(form)], dense, slope, offset);
    }

    private double DenseScale(PromptForm form) => form == PromptForm.Open ? _options.OpenDenseScale : _options.ChoiceDenseScale;

    private int DenseColumn(PromptForm form, int feature) => (2 * _terms) + ((int)form * DenseFeatures.Count) + feature;

    private int InterceptColumn(PromptForm form) => Rows.Columns - Intercepts + (int)form;
}
