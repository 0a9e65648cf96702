using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>The weights of the feed-forward block of today's decoders: down(silu(gate(x)) · up(x)).</summary>
internal sealed record GatedMlp(Linear Gate, Linear Up, Linear Down)
{
    public int InnerSize => Gate.Outputs;

    /// <summary>Takes the three layers under <paramref name="name"/> from the ledger.</summary>
    public static GatedMlp Load(WeightLedger ledger, string name, int hiddenSize, int innerSize, bool bias) => new(
        Linear.Load(ledger, name + ".gate_proj", innerSize, hiddenSize, bias),
        Linear.Load(ledger, name + ".up_proj", innerSize, hiddenSize, bias),
        Linear.Load(ledger, name + ".down_proj", hiddenSize, innerSize, bias));
}
