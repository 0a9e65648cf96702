using System.Collections;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// The features of an <see cref="UpstreamExchange"/>'s context. The ones that the forwarder asks for again and again are fixed, and found
/// without a dictionary; what else is set on the way is kept in one.
/// </summary>
internal sealed class UpstreamFeatures(UpstreamExchange exchange, IHttpRequestFeature request) : IFeatureCollection
{
    private static readonly Type[] FixedKeys =
        [typeof(IHttpRequestFeature), typeof(IHttpResponseFeature), typeof(IHttpResponseBodyFeature), typeof(UpstreamExchange)];

    private Dictionary<Type, object>? _others;

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get => Fixed(key) ?? _others?.GetValueOrDefault(key);
        set
        {
            if (Fixed(key) is not null)
            {
                throw new NotSupportedException($"The feature {key.Name} of an exchange stays as it is.");
            }

            Revision++;
            _others ??= [];
            if (value is null)
            {
                _others.Remove(key);
            }
            else
            {
                _others[key] = value;
            }
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() =>
        FixedKeys.Select(key => KeyValuePair.Create(key, Fixed(key)!)).Concat(_others ?? []).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private object? Fixed(Type key) => key == typeof(IHttpRequestFeature) ? request
        : key == typeof(IHttpResponseFeature) || key == typeof(IHttpResponseBodyFeature) || key == typeof(UpstreamExchange) ? exchange
        : null;
}
