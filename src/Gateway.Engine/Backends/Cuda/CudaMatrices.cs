using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Matrices of linear layers, of 8 bits or of the backend's type, and their products for any number of tokens.</summary>
/// <param name="gpu">The device.</param>
/// <param name="type">The backend's type.</param>
/// <param name="weights">Brings them to the device.</param>
/// <param name="scratch">Has room for one that is widened.</param>
/// <param name="linear">Products of few tokens.</param>
/// <param name="experts">Products of experts.</param>
/// <param name="mostTokens">Most tokens of a product.</param>
internal sealed class CudaMatrices(
    IGpu gpu, ElementType type, CudaWeights weights, CudaScratch scratch, LinearKernels linear, ExpertKernels experts, int mostTokens)
{
    // A matrix of 8-bit weights in the backend's type, while it is multiplied.
    private const string Widened = "widened";

    // Null until weights are there that stay in 8-bit floating point.
    private Float8Kernels? _float8;

    /// <summary>Weights of linear layers below each other, for <see cref="LinearKernels"/> and <see cref="Multiply"/>.</summary>
    /// <param name="parts">At least one; all of as many columns.</param>
    public DeviceMatrix Load(params IReadOnlyList<WeightSource> parts)
    {
        var matrix = weights.Join([.. parts.Select(part => new MatrixPart(part))]);
        if (!matrix.IsFloat8)
        {
            return matrix;
        }

        PrepareFloat8();
        if (mostTokens > Float8Kernels.MaxTokens)
        {
            scratch.ReserveBytes(Widened, parts.Sum(part => (long)part.Rows) * parts[0].Columns * type.Size());
        }

        return matrix;
    }

    /// <inheritdoc cref="LinearKernels.PrepareFloat8"/>
    public void PrepareFloat8()
    {
        _float8 ??= new Float8Kernels(gpu);
        linear.PrepareFloat8();
        experts.PrepareFloat8();
    }

    /// <summary>y = x · wᵀ, or y += x · wᵀ, for any number of tokens.</summary>
    /// <param name="x">The backend's type, [tokens, columns].</param>
    /// <param name="w">[rows, columns].</param>
    /// <param name="y">[tokens, rows], of the type that <paramref name="kind"/> says.</param>
    /// <param name="tokens">At least 1.</param>
    /// <param name="rows">Width of y.</param>
    /// <param name="columns">Width of x.</param>
    /// <param name="kind">Stored or added to.</param>
    public void Multiply(DevicePointer x, DeviceMatrix w, DevicePointer y, int tokens, int rows, int columns, LinearOutput kind)
    {
        if (w.IsFloat8 && tokens <= Float8Kernels.MaxTokens)
        {
            _float8!.Multiply(x, w, y, kind, tokens, rows, columns);
            return;
        }

        if (w.IsFloat8)
        {
            var widened = scratch[Widened];
            _float8!.Widen(w, widened, rows, columns);
            w = new DeviceMatrix(widened);
        }

        gpu.Multiply(new DeviceProduct
        {
            X = x,
            W = w.Values,
            Y = y,
            Input = type,
            Output = kind == LinearOutput.Element ? type : ElementType.Float32,
            M = tokens,
            N = rows,
            K = columns,
            XStride = columns,
            WStride = columns,
            YStride = rows,
            Accumulate = kind == LinearOutput.Accumulate,
        });
    }
}
