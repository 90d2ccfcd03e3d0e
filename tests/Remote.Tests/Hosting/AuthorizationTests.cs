using System.Security.Claims;
using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>A node in an application that lets in only who has a token of its own authority.</summary>
[Trait("Behaviour", "T-17")]
public sealed class AuthorizationTests
{
    private static readonly SymmetricSecurityKey Key = new(RandomNumberGenerator.GetBytes(32));

    public static TheoryData<string> Gates => ["policy", "fallback"];

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task Peer_WithoutAToken_IsToldSo(string gate)
    {
        await using var host = await StartAsync(gate);
        await using var peer = await TestNode.StartAsync();

        var refusal = await host.RefusalOfAsync(peer);

        Assert.Contains("HTTP 401", refusal, StringComparison.Ordinal);
        Assert.Contains("www-authenticate: Bearer", refusal, StringComparison.Ordinal);
        Assert.Contains(host.Address, (await Assert.ThrowsAsync<RemoteException>(() => peer.Remote.WaitForConnectionAsync(host.Address).Within("the refusal"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task Peer_WithATokenOfAnotherAuthority_IsToldSo(string gate)
    {
        await using var host = await StartAsync(gate);
        await using var peer = await StartPeerAsync(Token("node", new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32))));

        Assert.Contains("invalid_token", await host.RefusalOfAsync(peer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Peer_WithAnotherRole_IsToldSo()
    {
        await using var host = await StartAsync("policy");
        await using var peer = await StartPeerAsync(Token("visitor"));

        Assert.Contains("HTTP 403", await host.RefusalOfAsync(peer), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task Peer_WithTheTokenAmongItsCallOptions_IsLetIn(string gate)
    {
        await using var host = await StartAsync(gate);
        await using var peer = await StartPeerAsync(Token("node"));

        await host.AssertAnswersAsync(peer);
    }

    [Fact]
    public async Task Peer_WithCallCredentialsOfItsChannel_IsLetIn()
    {
        await using var host = await StartAsync("policy");
        var credentials = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("authorization", $"Bearer {Token("node")}");
            return Task.CompletedTask;
        });

        // Tokens over plain text only where the application says so itself, as grpc-dotnet has it.
        var channel = new GrpcChannelOptions { Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials), UnsafeUseInsecureChannelCallCredentials = true };
        await using var peer = await TestNode.StartAsync(setup: setup => setup.Change(config => config.WithChannelOptions(channel)));

        await host.AssertAnswersAsync(peer);
    }

    private static Task<TestNode> StartPeerAsync(string token) => TestNode.StartAsync(
        setup: setup => setup.Change(config => config.WithCallOptions(new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } }))));

    private static Task<HostedNode> StartAsync(string gate) => HostedNode.StartAsync(
        services =>
        {
            services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options => options.TokenValidationParameters = new TokenValidationParameters
            {
                IssuerSigningKey = Key,
                ValidIssuer = "tests",
                ValidateAudience = false,
            });
            services.AddAuthorization(options =>
            {
                options.AddPolicy("nodes", policy => policy.RequireClaim("kind", "node"));
                options.FallbackPolicy = gate == "fallback" ? new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build() : null;
            });
        },
        app => app.UseAuthentication().UseAuthorization(),
        conventions: remote => _ = gate == "policy" ? remote.RequireAuthorization("nodes") : remote);

    private static string Token(string kind, SecurityKey? key = null) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "tests",
        Subject = new ClaimsIdentity([new Claim("kind", kind)]),
        Expires = DateTime.UtcNow.AddHours(1),
        SigningCredentials = new SigningCredentials(key ?? Key, SecurityAlgorithms.HmacSha256),
    });
}
