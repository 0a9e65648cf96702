using Gateway.Routing.Difficulty.Features;

namespace Gateway.Routing.Difficulty;

/// <summary>
/// Estimates from the prompt alone whether a weak and a strong model would answer it rightly: two logistic regressions on the prompt's
/// words and word pairs and on topic-free features of its form, with weights of their own for multiple-choice and open prompts.
/// Immutable; safe for concurrent use; an estimate allocates nothing.
/// </summary>
public sealed class DifficultyModel
{
    private static readonly Lazy<DifficultyModel> Shipped = new(LoadShipped);

    private readonly Vocabulary _vocabulary;
    private readonly TermWeights[] _terms;
    private readonly FormWeights _open;
    private readonly FormWeights _choice;

    internal DifficultyModel(Vocabulary vocabulary, TermWeights[] terms, FormWeights open, FormWeights choice)
    {
        _vocabulary = vocabulary;
        _terms = terms;
        _open = open;
        _choice = choice;
    }

    /// <summary>The model that ships with the product.</summary>
    public static DifficultyModel Default => Shipped.Value;

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <exception cref="DifficultyModelFormatException">The stream holds something else, or is damaged.</exception>
    public static DifficultyModel Load(Stream stream) => DifficultyModelFile.Read(stream);

    /// <summary>Writes the model; the same model gives the same bytes.</summary>
    public void Save(Stream stream) => DifficultyModelFile.Write(stream, _vocabulary, _terms, _open, _choice);

    /// <summary>
    /// Estimates any text, the empty one too. Of a text above 16,384 UTF-16 units the last 16,384 are read, so the time has a bound.
    /// </summary>
    public DifficultyEstimate Estimate(ReadOnlySpan<char> prompt)
    {
        Span<float> dense = stackalloc float[DenseFeatures.Count];
        using var features = PromptFeatures.Read(_vocabulary, prompt, dense);
        bool isOpen = features.Form == PromptForm.Open;
        double weak = 0, strong = 0;
        var values = features.Values;
        var terms = features.Terms;
        for (int i = 0; i < terms.Length; i++)
        {
            ref readonly var weights = ref _terms[terms[i]];
            weak += values[i] * (isOpen ? weights.OpenWeak : weights.ChoiceWeak);
            strong += values[i] * (isOpen ? weights.OpenStrong : weights.ChoiceStrong);
        }

        var form = isOpen ? _open : _choice;
        form.Scaler.Apply(dense, dense);
        return new DifficultyEstimate(form.Weak.Probability(weak, dense), form.Strong.Probability(strong, dense));
    }

    private static DifficultyModel LoadShipped()
    {
        const string resource = "Gateway.Routing.Difficulty.difficulty-model.bin";
        using var stream = typeof(DifficultyModel).Assembly.GetManifestResourceStream(resource)
            ?? throw new DifficultyModelFormatException($"The assembly holds no resource '{resource}'. Build it from an unchanged checkout.");
        return Load(stream);
    }
}
