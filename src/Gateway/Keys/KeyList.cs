namespace Gateway.Keys;

/// <summary>The answer of <c>GET /admin/keys</c>.</summary>
/// <param name="Keys">Those of keys.yaml in the order of the file, then managed ones by id.</param>
internal sealed record KeyList(IReadOnlyList<KeyReport> Keys);
