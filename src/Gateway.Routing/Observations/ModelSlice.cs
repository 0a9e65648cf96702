namespace Gateway.Routing;

/// <summary>What calls of one model showed in one time slice, as it is exported.</summary>
/// <param name="Number">By <see cref="TimeSlice.Of"/>.</param>
/// <param name="FirstToken">Of streams.</param>
/// <param name="Answer">Of answers in one piece.</param>
internal sealed record ModelSlice(long Number, ModelTotals Totals, LatencySlice FirstToken, LatencySlice Answer);
