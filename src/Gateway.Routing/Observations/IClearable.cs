namespace Gateway.Routing;

/// <summary>Can be made empty, to be used again.</summary>
internal interface IClearable
{
    void Clear();
}
