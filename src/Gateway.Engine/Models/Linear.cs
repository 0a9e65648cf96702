using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>The weights of a linear layer: [outputs, inputs] and, in some models, a bias.</summary>
internal sealed record Linear(WeightSource Weight, float[]? Bias)
{
    public int Outputs => Weight.Rows;

    public int Inputs => Weight.Columns;

    /// <summary>Takes <c>name.weight</c>, and <c>name.bias</c> where there is to be one, from the ledger.</summary>
    public static Linear Load(WeightLedger ledger, string name, int outputs, int inputs, bool bias = false) =>
        new(ledger.Matrix(name + ".weight", outputs, inputs), bias ? ledger.Vector(name + ".bias", outputs) : null);
}
