namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a product for a few tokens multiplies: T values as they are, or the residual stream, whose RMSNorm is taken on the way.</summary>
/// <param name="Values">T [tokens, columns]; with a norm float32 [tokens, columns].</param>
/// <param name="NormWeight">float32 [columns], or null: no norm.</param>
/// <param name="Epsilon">Added to the mean square.</param>
internal readonly record struct FewTokensInput(DevicePointer Values, DevicePointer NormWeight = default, float Epsilon = 0);
