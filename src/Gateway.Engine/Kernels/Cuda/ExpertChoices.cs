namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a router chose: the tokens of a step and their experts.</summary>
/// <param name="Experts">int32 [tokens, choices]: ascending routed experts, then the shared ones; all -1 for a padded token.</param>
/// <param name="Weights">float32 [tokens, choices]: what each expert's output is multiplied by.</param>
/// <param name="Tokens">Tokens of the step, padded ones counted.</param>
/// <param name="Choices">Experts per token; a token's experts differ from each other.</param>
internal readonly record struct ExpertChoices(DevicePointer Experts, DevicePointer Weights, int Tokens, int Choices);
