using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The administration service on the application's own web server.</summary>
[Trait("Behaviour", "H-04")]
public sealed class MappedAdminTests
{
    [Fact]
    public async Task Service_OnTheApplicationsWebServer_Answers()
    {
        await using var host = await HostedNode.StartAsync();
        using var admin = new AdminKit(host.Address);

        Assert.Equal(host.Address, (await admin.GetAsync()).Node.Address);
    }

    [Fact]
    [Trait("Behaviour", "T-17")]
    public async Task Policy_OfMapRemote_HoldsForTheService()
    {
        await using var host = await HostedNode.StartAsync(
            services =>
            {
                services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
                services.AddAuthorization();
            },
            app => app.UseAuthentication().UseAuthorization(),
            conventions: remote => remote.RequireAuthorization());
        using var admin = new AdminKit(host.Address);

        Assert.Equal(StatusCode.Unauthenticated, (await AdminKit.FailsAsync(admin.GetAsync())).StatusCode);
    }

    [Theory]
    [InlineData("remote.admin.Admin", "GetEndpoints", StatusCode.OK)]
    [InlineData("REMOTE.admin.Admin", "GetEndpoints", StatusCode.Unimplemented)]
    [InlineData("remote.admin.Admin", "getendpoints", StatusCode.Unimplemented)]
    public async Task Service_IsReachedByItsNameAndNoOtherSpelling(string service, string method, StatusCode expected)
    {
        await using var host = await HostedNode.StartAsync();
        var request = Marshallers.Create(static (Wire.GetEndpointsRequest message) => message.ToByteArray(), Wire.GetEndpointsRequest.Parser.ParseFrom);
        var response = Marshallers.Create(static (Wire.GetEndpointsResponse message) => message.ToByteArray(), Wire.GetEndpointsResponse.Parser.ParseFrom);
        var call = new Method<Wire.GetEndpointsRequest, Wire.GetEndpointsResponse>(MethodType.Unary, service, method, request, response);

        var status = StatusCode.OK;
        try
        {
            await PlayedCalls.AskAsync(host.Address, call, new Wire.GetEndpointsRequest());
        }
        catch (RpcException refusal)
        {
            status = refusal.StatusCode;
        }

        Assert.Equal(expected, status);
    }
}
