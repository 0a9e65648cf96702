using Gateway.Engine.Adapters;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Some outputs and inputs of a linear layer, as a layer of its own.</summary>
/// <param name="Weight">Its rows and columns of the weights.</param>
/// <param name="Adapters">What adapters add to those outputs for those inputs.</param>
internal readonly record struct LinearPart(MatrixPart Weight, ModuleAdapters Adapters)
{
    /// <summary>All of it.</summary>
    public LinearPart(Linear layer)
        : this(new MatrixPart(layer.Weight), layer.Adapters)
    {
    }

    public static LinearPart OfOutputs(Linear layer, int first, int count) => new(
        new MatrixPart(layer.Weight, first, count, 0, layer.Inputs), layer.Adapters.Select(pair => pair.OfOutputs(first, count)));

    public static LinearPart OfInputs(Linear layer, int first, int count) => new(
        new MatrixPart(layer.Weight, 0, layer.Outputs, first, count), layer.Adapters.Select(pair => pair.OfInputs(first, count)));
}
