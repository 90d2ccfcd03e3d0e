using Microsoft.AspNetCore.Builder;

namespace Remote;

/// <summary>Conventions for the endpoints of several services: what holds for the one holds for the others.</summary>
internal sealed class JoinedConventions(params IEndpointConventionBuilder[] services) : IEndpointConventionBuilder
{
    public void Add(Action<EndpointBuilder> convention) => Array.ForEach(services, service => service.Add(convention));

    public void Finally(Action<EndpointBuilder> finallyConvention) => Array.ForEach(services, service => service.Finally(finallyConvention));
}
