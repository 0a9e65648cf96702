using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>The feed-forward block of today's decoders: down(silu(gate(x)) · up(x)).</summary>
internal sealed record GatedMlp(Linear Gate, Linear Up, Linear Down)
{
    /// <summary>Takes the three layers under <paramref name="name"/> from the ledger.</summary>
    public static GatedMlp Load(WeightLedger ledger, string name, int hiddenSize, int innerSize, bool bias) => new(
        Linear.Load(ledger, name + ".gate_proj", innerSize, hiddenSize, bias),
        Linear.Load(ledger, name + ".up_proj", innerSize, hiddenSize, bias),
        Linear.Load(ledger, name + ".down_proj", hiddenSize, innerSize, bias));

    /// <param name="team">Who does the work.</param>
    /// <param name="x">tokens × hidden size.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="gate">Scratch: tokens × inner size.</param>
    /// <param name="up">Scratch: tokens × inner size.</param>
    /// <param name="y">tokens × hidden size.</param>
    public void Apply(CpuTeam team, ReadOnlyMemory<float> x, int tokens, Memory<float> gate, Memory<float> up, Memory<float> y)
    {
        Gate.Apply(team, x, tokens, gate);
        Up.Apply(team, x, tokens, up);
        var inner = Gate.Weight.Rows;
        for (var token = 0; token < tokens; token++)
        {
            Normalization.SiluMultiply(gate.Span.Slice(token * inner, inner), up.Span.Slice(token * inner, inner));
        }

        Down.Apply(team, gate, tokens, y);
    }
}
