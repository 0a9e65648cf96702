using System.Numerics.Tensors;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>A linear layer: weights [outputs, inputs] and, in some models, a bias.</summary>
internal sealed record Linear(WeightMatrix Weight, float[]? Bias)
{
    /// <summary>Takes <c>name.weight</c>, and <c>name.bias</c> where there is to be one, from the ledger.</summary>
    public static Linear Load(WeightLedger ledger, string name, int outputs, int inputs, bool bias = false) =>
        new(ledger.Matrix(name + ".weight", outputs, inputs), bias ? ledger.Vector(name + ".bias", outputs) : null);

    /// <param name="team">Who does the work.</param>
    /// <param name="x">tokens × inputs.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="y">tokens × outputs.</param>
    public void Apply(CpuTeam team, ReadOnlyMemory<float> x, int tokens, Memory<float> y)
    {
        MatrixProduct.Multiply(team, x, tokens, Weight, y);
        for (var token = 0; Bias is not null && token < tokens; token++)
        {
            var row = y.Span.Slice(token * Bias.Length, Bias.Length);
            TensorPrimitives.Add(row, Bias, row);
        }
    }
}
