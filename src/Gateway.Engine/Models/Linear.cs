using Gateway.Engine.Adapters;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>A linear layer.</summary>
/// <param name="Weight">[outputs, inputs]</param>
/// <param name="Bias">In some models.</param>
/// <param name="Adapters">What adapters add to its outputs, for the tokens of a step that are under one.</param>
internal sealed record Linear(WeightSource Weight, float[]? Bias, ModuleAdapters Adapters)
{
    public int Outputs => Weight.Rows;

    public int Inputs => Weight.Columns;

    /// <summary>Takes <c>name.weight</c>, <c>name.bias</c> where there is to be one, and the adapters of <c>name</c> from the ledger.</summary>
    public static Linear Load(WeightLedger ledger, string name, int outputs, int inputs, bool bias = false) =>
        new(
            ledger.Matrix(name + ".weight", outputs, inputs),
            bias ? ledger.Vector(name + ".bias", outputs) : null,
            ledger.Adapters.Take(name, outputs, inputs));
}
