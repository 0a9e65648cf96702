namespace Gateway.Engine.Backends;

/// <summary>RMS norms of each query and each key head before they are rotated (Qwen3).</summary>
/// <param name="Query">One weight per channel of a head.</param>
/// <param name="Key">Likewise.</param>
/// <param name="Epsilon">Of both.</param>
internal sealed record HeadNorms(float[] Query, float[] Key, float Epsilon);
