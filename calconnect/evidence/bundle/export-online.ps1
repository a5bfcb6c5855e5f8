# Which applications and users the tests of Exchange Online are about: those of the list first.
function Get-TestPair {
    foreach ($application in @($VendorApplication, $OwnApplication)) {
        if (-not $application) { continue }
        foreach ($address in (@($wanted.Keys) | Select-Object -First $MostTested)) {
            [pscustomobject] @{ AppId = $application; Address = $address }
        }
    }
}

# Runs one test for each pair. One that cannot be tested is left out; if none can, that is an error.
function Get-TestResult {
    param([scriptblock] $Query)

    $count = 0
    $last = $null
    foreach ($pair in (Get-TestPair)) {
        try {
            & $Query
            $count += 1
        }
        catch {
            $last = $_
            Write-Warning -Message "$($pair.Address) was not tested: $($_.Exception.Message)"
        }
    }
    if ($count -eq 0 -and $null -ne $last) { throw $last }
}

# Of a kind's full name, such as Microsoft.Exchange.MessagingPolicies.Rules.Tasks.QuarantineAction, the last part.
function ConvertTo-Kind {
    param($Values)

    return , @(foreach ($one in $Values) { ([string] $one) -replace '^.*\.', '' })
}

# The exports of Exchange Online.
function Export-OnlineSide {
    Write-Export -Name 'online_org' -Command 'Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy' `
        -Property @(
            'Name', 'EwsEnabled', 'EwsAllowedAppIDs', 'EwsApplicationAccessPolicy', 'EwsAllowList', 'EwsBlockList',
            'WhenChangedUTC'
        ) `
        -Query { Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy -ErrorAction Stop }

    Write-Export -Name 'online_accepted_domains' -Command 'Get-AcceptedDomain' `
        -Property @('DomainName', 'DomainType', 'Default') `
        -Query { Get-AcceptedDomain -ErrorAction Stop }

    Write-Export -Name 'application_access_policies' -Command 'Get-ApplicationAccessPolicy' `
        -Property @('AppId', 'ScopeName', 'ScopeIdentity', 'ScopeIdentityRaw', 'AccessRight', 'IsValid') `
        -Query { Get-ApplicationAccessPolicy -ErrorAction Stop }

    Write-Export -Name 'access_policy_changes' -Command 'Search-UnifiedAuditLog' `
        -Property @('CreationDate', 'Operation', 'AppId', 'PolicyScopeGroupId', 'AccessRight') `
        -Query {
            $parameters = @{
                StartDate   = (Get-Date).AddDays(-180)
                EndDate     = (Get-Date).AddDays(1)
                RecordType  = 'ExchangeAdmin'
                Operations  = @(
                    'New-ApplicationAccessPolicy', 'Set-ApplicationAccessPolicy', 'Remove-ApplicationAccessPolicy'
                )
                ResultSize  = 5000
                ErrorAction = 'Stop'
            }
            foreach ($record in (Search-UnifiedAuditLog @parameters)) {
                $row = @{ CreationDate = $record.CreationDate; Operation = [string] $record.Operations }
                $told = ConvertFrom-Json -InputObject ([string] $record.AuditData) -ErrorAction Stop
                foreach ($one in $told.Parameters) { $row[[string] $one.Name] = [string] $one.Value }
                [pscustomobject] $row
            }
        }

    Write-Export -Name 'service_principals' -Command 'Get-ServicePrincipal' `
        -Property @('AppId', 'ObjectId', 'DisplayName', 'Identity') `
        -Query { Get-ServicePrincipal -ErrorAction Stop }

    Write-Export -Name 'application_roles' `
        -Command 'Get-ManagementRoleAssignment -RoleAssigneeType ServicePrincipal' `
        -Property @(
            'Name', 'Role', 'RoleAssigneeName', 'RoleAssigneeType', 'CustomResourceScope', 'Enabled', 'WhenChangedUTC'
        ) `
        -Query { Get-ManagementRoleAssignment -RoleAssigneeType 'ServicePrincipal' -ErrorAction Stop }

    Write-Export -Name 'application_scopes' -Command 'Get-ManagementScope' `
        -Property @('Name', 'RecipientFilter', 'WhenChangedUTC') `
        -Query { Get-ManagementScope -ErrorAction Stop }

    if ($Group) {
        Write-Export -Name 'online_group' -Command 'Get-DistributionGroup' `
            -Property @(
                'Name', 'PrimarySmtpAddress', 'DistinguishedName', 'ExternalDirectoryObjectId', 'RecipientTypeDetails'
            ) `
            -Query { Get-DistributionGroup -Identity $Group -ErrorAction Stop }

        Write-Export -Name 'online_group_members' -Command 'Get-DistributionGroupMember' `
            -Property @('PrimarySmtpAddress', 'RecipientTypeDetails') `
            -Query { Get-DistributionGroupMember -Identity $Group -ResultSize Unlimited -ErrorAction Stop }
    }

    Write-Export -Name 'access_policy_tests' -Command 'Test-ApplicationAccessPolicy' `
        -Property @('AppId', 'Identity', 'AccessCheckResult') `
        -Query {
            Get-TestResult -Query {
                $parameters = @{ AppId = $pair.AppId; Identity = $pair.Address; ErrorAction = 'Stop' }
                $answer = Test-ApplicationAccessPolicy @parameters
                [pscustomobject] @{
                    AppId             = $pair.AppId
                    Identity          = $pair.Address
                    AccessCheckResult = [string] $answer.AccessCheckResult
                }
            }
        }

    Write-Export -Name 'authorization_tests' -Command 'Test-ServicePrincipalAuthorization' `
        -Property @('AppId', 'Resource', 'RoleName', 'GrantedPermissions', 'AllowedResourceScope', 'InScope') `
        -Query {
            $known = @(foreach ($one in (Get-ServicePrincipal -ErrorAction Stop)) { [string] $one.AppId })
            Get-TestResult -Query {
                if ($known -notcontains $pair.AppId) { return }
                $parameters = @{ Identity = $pair.AppId; Resource = $pair.Address; ErrorAction = 'Stop' }
                foreach ($answer in (Test-ServicePrincipalAuthorization @parameters)) {
                    [pscustomobject] @{
                        AppId                = $pair.AppId
                        Resource             = $pair.Address
                        RoleName             = [string] $answer.RoleName
                        GrantedPermissions   = @(([string] $answer.GrantedPermissions) -split '[,;\s]+')
                        AllowedResourceScope = [string] $answer.AllowedResourceScope
                        InScope              = [string] $answer.InScope
                    }
                }
            }
        }

    Write-Export -Name 'online_users' -Command 'Get-Recipient' `
        -Property @('PrimarySmtpAddress', 'RecipientTypeDetails') `
        -Query {
            Get-Recipient -ResultSize Unlimited -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses $_.EmailAddresses }
        }

    Write-Export -Name 'online_cas_mailboxes' -Command 'Get-CASMailbox' `
        -Property @('PrimarySmtpAddress', 'EwsEnabled') `
        -Query {
            Get-CASMailbox -ResultSize Unlimited -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses (@($_.PrimarySmtpAddress) + @($_.EmailAddresses)) }
        }

    Write-Export -Name 'transport_rules' -Command 'Get-TransportRule' `
        -Property @(
            'Name', 'State', 'Mode', 'Priority', 'FromScope', 'SenderDomainIs', 'ExceptIfSenderDomainIs', 'Conditions',
            'Exceptions', 'Actions', 'SetSCL'
        ) `
        -Query {
            $kept = @(
                'Name', 'State', 'Mode', 'Priority', 'FromScope', 'SenderDomainIs', 'ExceptIfSenderDomainIs', 'SetSCL'
                @{ Name = 'Conditions'; Expression = { ConvertTo-Kind -Values $_.Conditions } }
                @{ Name = 'Exceptions'; Expression = { ConvertTo-Kind -Values $_.Exceptions } }
                @{ Name = 'Actions'; Expression = { ConvertTo-Kind -Values $_.Actions } }
            )
            Get-TransportRule -ErrorAction Stop | Select-Object -Property $kept
        }
}
