using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>How weights of a stored form become float32 in registers. Exact but for the product with a scale, which is rounded once.</summary>
internal unsafe interface IWeightForm
{
    /// <summary>Bytes of a weight.</summary>
    static abstract int Bytes { get; }

    /// <summary>
    /// Whether squares of <see cref="Weights.WeightMatrix.ScaleBlock"/> × <see cref="Weights.WeightMatrix.ScaleBlock"/> weights have a scale.
    /// </summary>
    static abstract bool HasScales { get; }

    /// <summary>The factors that make weights of their bits, from a square's scale; any vector where a form has none.</summary>
    static abstract Vector512<float> Factors(float scale);

    /// <summary>Sixteen finite weights.</summary>
    static abstract Vector512<float> Load(byte* weights, Vector512<float> factors);

    /// <summary>One weight.</summary>
    static abstract float LoadOne(byte* weight, float scale);
}
