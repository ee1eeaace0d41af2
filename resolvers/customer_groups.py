"""Groups of customers: head office makes them and says who is in them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.customers import groups, model, store_groups
from domain.customers.errors import CustomerGroupErrorCode
from domain.customers.groups import MEMBERS_PER_CHANGE_MAX
from domain.customers.model import CustomerGroupId
from domain.errors import Refused
from resolvers import nodes
from resolvers.carts_inputs import KEY, bounded
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import InvalidCursor, UserError
from resolvers.ids import global_id, uuid_of

described_enum(
    CustomerGroupErrorCode,
    "Why a command on customer groups was refused.",
    {
        "GROUP_NOT_FOUND": "There is no such group.",
        "GROUP_INVALID": "The handle or the title is not usable; see `field`.",
        "GROUP_HANDLE_TAKEN": "Another group has this handle.",
        "CUSTOMER_NOT_FOUND": "One of the customers does not exist.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


@strawberry.type(description="Why a command on customer groups was refused.")
class CustomerGroupUserError(UserError):
    """A refusal on the wire."""

    code: CustomerGroupErrorCode = strawberry.field(description="Which rule said no.")


@strawberry.type(
    description="Customers who are to be treated alike, such as staff or trade customers; promotions may be for them alone. "
    "Only callers with the scope `read_customers` see it."
)
class CustomerGroup(nodes.Node):
    """A customer group on the wire."""

    key: strawberry.Private[CustomerGroupId]

    handle: str = strawberry.field(description="Its unique name for machines.")
    title: str = strawberry.field(description="Its name for people.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, value: model.CustomerGroup) -> "CustomerGroup":
        """The wire form of a group."""
        return cls(
            id=strawberry.ID(global_id("CustomerGroup", value.id)),
            key=value.id,
            handle=value.handle,
            title=value.title,
            created_at=value.created_at,
        )

    @strawberry.field(description="How many customers are in it.")
    async def member_count(self, info: ContextInfo) -> int:
        return await info.context.load(store_groups.count_members, self.key) or 0


@strawberry.type(description="What became of a command on a customer group.")
class CustomerGroupPayload:
    """The payload of every change of a group."""

    customer_group: CustomerGroup | None = strawberry.field(description="The group as it is now; null when refused.")
    user_errors: list[CustomerGroupUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="A group to be made.")
class CustomerGroupCreateInput:
    """Input of customerGroupCreate."""

    handle: str = strawberry.field(description="Unique; up to 80 small letters, digits and single hyphens.")
    title: str = strawberry.field(description="Up to 120 characters.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Customers to be put into a group.")
class CustomerGroupMembersAddInput:
    """Input of customerGroupMembersAdd."""

    customer_group_id: strawberry.ID = strawberry.field(description="The CustomerGroup.")
    customer_ids: list[strawberry.ID] = strawberry.field(description="The Customers, at most 1,000.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Customers to be taken out of a group.")
class CustomerGroupMembersRemoveInput:
    """Input of customerGroupMembersRemove."""

    customer_group_id: strawberry.ID = strawberry.field(description="The CustomerGroup.")
    customer_ids: list[strawberry.ID] = strawberry.field(description="The Customers, at most 1,000.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


Effect = Callable[[WriteConnection, Act], model.CustomerGroup]
Change = Callable[[WriteConnection, CustomerGroupId, Sequence[UUID]], model.CustomerGroup]
_Given = CustomerGroupCreateInput | CustomerGroupMembersAddInput | CustomerGroupMembersRemoveInput


def _again(conn: ReadConnection, reference: str) -> model.CustomerGroup:
    key = CustomerGroupId(UUID(hex=reference))
    return store_groups.groups(conn, [key])[key]


async def _done(ctx: Context, operation: str, given: _Given, effect: Effect) -> CustomerGroupPayload:
    ctx.require(Scope.WRITE_PROMOTIONS)
    body = asdict(given)
    key = body.pop("idempotency_key")
    try:
        done = await ctx.command(
            operation, key, body, effect=effect, reference=lambda group: group.id.hex, reload=_again
        )
    except Refused as refused:
        error = CustomerGroupUserError(
            code=member_of(CustomerGroupErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
        )
        return CustomerGroupPayload(customer_group=None, user_errors=[error], replayed=False)
    group = CustomerGroup.of(done.value)
    return CustomerGroupPayload(customer_group=group, user_errors=[], replayed=done.replayed)


async def _changed(
    ctx: Context,
    operation: str,
    given: CustomerGroupMembersAddInput | CustomerGroupMembersRemoveInput,
    change: Change,
) -> CustomerGroupPayload:
    bounded(len(given.customer_ids), MEMBERS_PER_CHANGE_MAX, "customerIds")
    group_id = CustomerGroupId(uuid_of("CustomerGroup", given.customer_group_id))
    customers = [uuid_of("Customer", text) for text in given.customer_ids]
    return await _done(ctx, operation, given, lambda conn, _act: change(conn, group_id, customers))


@strawberry.type
class CustomerGroupsMutation:
    """Changing customer groups."""

    @strawberry.mutation(description="Make a customer group. Needs the scope `write_promotions`.")
    async def customer_group_create(self, info: ContextInfo, input: CustomerGroupCreateInput) -> CustomerGroupPayload:
        return await _done(
            info.context,
            "customerGroupCreate",
            input,
            lambda conn, act: groups.create(conn, input.handle, input.title, act),
        )

    @strawberry.mutation(
        description="Put customers into a group; those who are in it stay. Needs the scope `write_promotions`."
    )
    async def customer_group_members_add(
        self, info: ContextInfo, input: CustomerGroupMembersAddInput
    ) -> CustomerGroupPayload:
        return await _changed(info.context, "customerGroupMembersAdd", input, groups.add_members)

    @strawberry.mutation(
        description="Take customers out of a group; those who are not in it stay out. Needs the scope `write_promotions`."
    )
    async def customer_group_members_remove(
        self, info: ContextInfo, input: CustomerGroupMembersRemoveInput
    ) -> CustomerGroupPayload:
        return await _changed(info.context, "customerGroupMembersRemove", input, groups.remove_members)


@strawberry.type
class CustomerGroupsQuery:
    """Reading customer groups."""

    @strawberry.field(description="Customer groups, by handle. Needs the scope `read_customers`.")
    async def customer_groups(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[CustomerGroup]:
        info.context.require(Scope.READ_CUSTOMERS)
        page = page_of("customerGroups", first, after, last, before)
        try:
            found = await info.context.read(lambda conn: store_groups.page(conn, page))
        except ValueError:
            raise InvalidCursor from None
        return connect("customerGroups", found, node=CustomerGroup.of, key=lambda one: (one.handle,))


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    if not ctx.actor.may(Scope.READ_CUSTOMERS):
        return [None] * len(ids)
    keys = [CustomerGroupId(key) for key in ids]
    found = await ctx.read(lambda conn: store_groups.groups(conn, keys))
    return [CustomerGroup.of(found[key]) if key in found else None for key in keys]


nodes.register("CustomerGroup", _fetch)
