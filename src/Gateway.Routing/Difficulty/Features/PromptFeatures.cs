namespace Gateway.Routing.Difficulty.Features;

/// <summary>Everything the model knows of one prompt: its form, its terms with their weights, and its dense features.</summary>
internal ref struct PromptFeatures : IDisposable
{
    /// <summary>Of a longer prompt the last so many UTF-16 units are read: what is asked stands at the end.</summary>
    public const int MaxLength = 16_384;

    private TermCounter _terms;

    private PromptFeatures(PromptForm form, TermCounter terms, ReadOnlySpan<float> dense)
    {
        Form = form;
        _terms = terms;
        Dense = dense;
    }

    public PromptForm Form { get; }

    /// <summary>Distinct terms of the vocabulary.</summary>
    public readonly ReadOnlySpan<int> Terms => _terms.Terms;

    /// <summary>The weight of each term; their squares sum to 1 unless there is none.</summary>
    public readonly ReadOnlySpan<float> Values => _terms.Values;

    /// <summary><see cref="DenseFeatures.Count"/> finite values, not yet standardised.</summary>
    public ReadOnlySpan<float> Dense { get; }

    /// <param name="dense">Room for <see cref="DenseFeatures.Count"/> values; the result refers to it.</param>
    public static PromptFeatures Read(Vocabulary vocabulary, ReadOnlySpan<char> prompt, Span<float> dense)
    {
        var text = Window(prompt);
        var layout = PromptLayout.Find(text);
        var terms = new TermCounter(text.Length);
        Span<float> cues = stackalloc float[CueWords.CueCount];
        cues.Clear();
        var statistics = new DenseFeatures(cues);

        var lexer = new TextLexer(text);
        var reader = default(TermReader);
        Span<uint> hashes = stackalloc uint[TermReader.MaxTermsPerToken];
        while (lexer.TryRead(out var token))
        {
            int count = reader.Read(token, hashes);
            int self = -1;
            for (int i = 0; i < count; i++)
            {
                int term = vocabulary.Find(hashes[i]);
                self = i == 0 ? term : self;
                if (term >= 0)
                {
                    terms.Add(term);
                }
            }

            float rarity = self >= 0 ? vocabulary.InverseFrequencies[self] : vocabulary.LargestInverseFrequency;
            statistics.Add(token, layout.OptionAt(token.Start), rarity, self >= 0);
        }

        terms.Weigh(vocabulary);
        statistics.Write(layout.A, dense);
        return new PromptFeatures(layout.Form, terms, dense);
    }

    public static ReadOnlySpan<char> Window(ReadOnlySpan<char> prompt) => prompt.Length <= MaxLength ? prompt : prompt[^MaxLength..];

    public readonly void Dispose() => _terms.Dispose();
}
