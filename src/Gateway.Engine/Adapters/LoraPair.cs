namespace Gateway.Engine.Adapters;

/// <summary>What an adapter adds to one linear layer: y += <paramref name="Scaling"/> · B · (A · x) (Hu et al. 2021, arXiv:2106.09685).</summary>
/// <param name="A">[rank, inputs], row-major.</param>
/// <param name="B">[outputs, rank], row-major.</param>
/// <param name="Rank">1 to <see cref="LoraAdapter.MaxRank"/>.</param>
/// <param name="Scaling">lora_alpha / rank, or lora_alpha / √rank.</param>
internal sealed record LoraPair(float[] A, float[] B, int Rank, float Scaling)
{
    public int Inputs => A.Length / Rank;

    public int Outputs => B.Length / Rank;

    /// <summary>What it adds to some of the outputs.</summary>
    public LoraPair OfOutputs(int first, int count) => this with { B = B[(first * Rank)..((first + count) * Rank)] };

    /// <summary>What some of the inputs contribute.</summary>
    public LoraPair OfInputs(int first, int count)
    {
        var a = new float[Rank * count];
        for (var row = 0; row < Rank; row++)
        {
            A.AsSpan((row * Inputs) + first, count).CopyTo(a.AsSpan(row * count));
        }

        return this with { A = a };
    }
}
